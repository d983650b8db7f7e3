//! The program as its users meet it: what it says, what it answers, what it leaves behind, and what it must not.

mod answers;
mod catalogue;
mod claim;
mod claim_samples;
mod damage;
pub mod desk;
mod dumps;
mod faults;
mod forgetting;
mod grow;
mod help;
mod inputs;
mod keys;
mod kinds;
mod logins;
mod outputs;
mod plaintext;
mod removal;
mod report;
mod resume;
mod scope;
pub mod shapes;
mod spilling;
mod streams;
mod tables;
mod transcript;
mod unknown;
