//! The evaluation service: follows the catalogue, calls the decision core, keeps the decision log.
