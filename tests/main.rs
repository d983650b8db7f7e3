//! The one integration binary: checks of the house itself, and of the program as its users meet it.

mod cli;
mod command;
mod house;
mod leakscan;
mod nasty;
mod shapes;
mod targets;
