//! The service contracts over gRPC: generated code, conversions, server and client adapters.
