//! The program as its users meet it: what it says, what it answers, what it leaves behind, and what it must not.

mod desk;
mod inputs;
mod outputs;
mod plaintext;
mod shapes;
mod streams;
mod unknown;
