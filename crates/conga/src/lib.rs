//! conga
