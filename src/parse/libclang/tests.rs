//! Parses with every libclang of this machine.
