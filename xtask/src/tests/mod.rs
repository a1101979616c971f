//! The commands as a whole: what they give for the checked-in specifications, and what they say to broken ones.

mod broken;
mod import;
mod readmes;
mod surface;
mod workspace;
