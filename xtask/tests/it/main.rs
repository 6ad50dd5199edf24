//! Black-box tests: the real `xtask` binary in a folder of its own, with fake tools on PATH where a test needs them.
//! `real/` uses the real docker, helm and cluster. Every file in this folder is listed here; `tidy` checks that.

mod answers;
mod collisions;
mod damage;
mod errors;
mod escape;
mod examples;
mod export;
mod fuzz;
mod jobserver;
mod limits;
mod minikube;
mod odd_files;
mod oracle;
mod order;
mod own_kind;
mod probes;
mod processes;
mod real;
mod resume;
mod sandbox;
mod scheduling;
mod seal;
mod secrets;
mod skip;
mod teardown;
mod tidy;
mod truth;
mod upgrade;
mod watch;
