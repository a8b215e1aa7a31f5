//! headerkit-backend.
pub mod diagnostics;
pub mod env;
pub mod fsutil;
pub mod ir;
pub mod protocol;
pub mod roots;
pub mod target;
pub mod write;
