//! Runs `testdata/vectors`, and the properties that hold for every kind.
use super::*;
