//! The module that the platform loads: the edge crate and nothing else, linked with link-time optimisation.

extern crate cartwake_edge as _;
