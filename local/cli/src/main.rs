//! The `likeness` command: everything on one machine, from a fresh clone.

mod admin;
mod bench;
mod bugs;
mod build;
mod client;
mod cog;
mod contact_sheet;
mod customer;
mod demo;
mod estimate;
mod failure;
mod generate;
mod gpu_sim;
mod inline;
mod logs;
mod look;
mod optimized;
mod profile;
mod proof;
mod secrets;
mod serve;
mod served;
mod simulated;
mod stack;
mod sweep;
mod test;
mod train;
mod trainers;
mod ui;
mod up;
mod verify;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::look::Look;

/// A request is hundreds of small allocations: a tenth of its time was the system allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A character-identity API on your own machine: photos of a person in, consistent pictures of that person out.
#[derive(Parser)]
#[command(name = "likeness", bin_name = "cargo likeness", version, max_term_width = 110)]
#[command(after_help = "Start with `cargo likeness demo`: it needs nothing but this clone.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a character and generate pictures of it, end to end, with a simulated GPU
    Demo(demo::Args),
    /// Serve the API on this machine, with a simulated GPU, until Ctrl-C
    Up(up::Args),
    /// Serve the API with your own providers, for good, where there is no Spin
    Serve(serve::Args),
    /// Keep an address and a key, for every command that is given neither
    Login(profile::Login),
    /// Train a character on the photos of a folder
    Train(train::Args),
    /// Generate pictures of a character, and save them
    Generate(generate::Args),
    /// List your characters
    Characters(customer::Customer),
    /// List your tasks
    Tasks(customer::Customer),
    /// Show your credits
    Credits(customer::Customer),
    /// List what changed your credits
    Ledger(customer::Customer),
    /// List the models that can be run
    Models(customer::Customer),
    /// Tell what a run of a model would cost
    Estimate(estimate::Args),
    /// Verify a signed document, such as the recipe of a picture, with the keys of whoever signed it
    Verify(verify::Args),
    /// Build the functions (Wasm components), or this command anew for speed
    Build(build::Args),
    /// Build what the tests need and run them all
    Test(test::Args),
    /// Live through simulated histories of crashes, lost answers and lying stores, and ask for every money invariant
    Simulate(proof::simulation::Args),
    /// Kill the real application at random moments under load, and audit every credit
    Soak(proof::soaking::Args),
    /// Measure what the API serves, beside what somebody would write instead
    Bench(bench::Args),
    /// Serve one column of `bench`
    #[command(hide = true)]
    BenchHost(bench::host::Args),
    /// The operator's work on a running application: doctor, audit, reconcile
    Admin(admin::Args),
    /// Tell how Cog containers of your own are started, and look at those that run
    Cog(cog::Args),
    /// Serve the simulated GPU providers alone, for `spin up`
    GpuSim(gpu_sim::Args),
    /// Print what completes these commands in a shell: `source <(likeness completions bash)`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let serves = matches!(command, Command::Up(_) | Command::Serve(_) | Command::Bench(_));
    if let Err(error) = if serves { optimized::hand_over() } else { Ok(()) } {
        failure::print(&error);
        return ExitCode::FAILURE;
    }
    let outcome = match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Up(args) => up::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Login(args) => profile::login(args).await,
        Command::Train(args) => train::run(args).await,
        Command::Generate(args) => generate::run(args).await,
        Command::Characters(customer) => look::run(Look::Characters, customer).await,
        Command::Tasks(customer) => look::run(Look::Tasks, customer).await,
        Command::Credits(customer) => look::run(Look::Credits, customer).await,
        Command::Ledger(customer) => look::run(Look::Ledger, customer).await,
        Command::Models(customer) => look::run(Look::Models, customer).await,
        Command::Estimate(args) => estimate::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Build(args) => build::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Simulate(args) => proof::simulate(&args),
        Command::Soak(_) => proof::soak(),
        Command::Bench(args) => bench::run(args).await,
        Command::BenchHost(args) => bench::host::run(args).await,
        Command::Admin(args) => admin::run(args).await,
        Command::Cog(args) => cog::run(args).await,
        Command::GpuSim(args) => gpu_sim::run(args).await,
        Command::Completions { shell } => {
            let mut command = Cli::command().bin_name("likeness");
            clap_complete::generate(shell, &mut command, "likeness", &mut std::io::stdout());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            failure::print(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }

    /// What runs another program would otherwise build it first.
    #[test]
    fn every_command_tells_of_itself() {
        fn ask(command: &clap::Command, words: &[&str]) {
            let asked = words.iter().chain(&["--help"]);
            let told = super::Cli::command().try_get_matches_from(asked).unwrap_err();
            assert_eq!(told.kind(), clap::error::ErrorKind::DisplayHelp, "{words:?}");
            for inner in command.get_subcommands() {
                ask(inner, &[words, &[inner.get_name()]].concat());
            }
        }
        ask(&super::Cli::command(), &["likeness"]);
    }
}
