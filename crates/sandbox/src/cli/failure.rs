//! What a person is told when a command does not work.

use std::error::Error;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::Arguments;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments cannot be meant so: exit code 2, as for those that cannot be read.
    Usage { command: &'static str, sentence: String },
    /// It was tried: exit code 1.
    Work { told: String, hint: Option<String> },
}

impl Failure {
    /// A failure to do `what`, because of `error` and all that is behind it.
    pub(crate) fn to(what: &str, error: &dyn Error) -> Self {
        Self::Work { told: format!("{what}: {}", chain(error)), hint: None }
    }

    /// The failure as an error tells it.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Self::Work { told: chain(error), hint: None }
    }

    /// With a word on what to do.
    pub(crate) fn hint(self, sentence: impl Into<String>) -> Self {
        match self {
            Self::Work { told, .. } => Self::Work { told, hint: Some(sentence.into()) },
            usage @ Self::Usage { .. } => usage,
        }
    }

    /// Tells it on standard error.
    pub(crate) fn told(self) -> ExitCode {
        match self {
            Self::Usage { command, sentence } => {
                let mut program = Arguments::command();
                program.build();
                let mut told = program.find_subcommand_mut(command).cloned().unwrap_or(program);
                told.error(ErrorKind::ValueValidation, sentence).exit()
            }
            Self::Work { told, hint } => {
                eprintln!("error: failed to {told}");
                if let Some(hint) = hint {
                    eprintln!("\n{hint}");
                }
                ExitCode::FAILURE
            }
        }
    }
}

fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}
