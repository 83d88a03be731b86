//! The Graph-shaped REST surface.
