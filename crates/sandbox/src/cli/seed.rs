//! Seed files: printing one, reading one.

use std::io::{self, Write};
use std::path::Path;

use link_sandbox::{default_seed, seed_from_str};
use serde_json::Value;

use super::failure::Failure;

/// Prints the default world.
pub(crate) fn print() -> Result<(), Failure> {
    match writeln!(io::stdout(), "{:#}", default_seed()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| Failure::to("print the default world", &error)),
    }
}

/// Reads a world from a file, or from standard input when it is named `-`.
pub(crate) fn read(file: &Path) -> Result<Value, Failure> {
    let (name, text) = if file == Path::new("-") {
        ("standard input".to_owned(), io::read_to_string(io::stdin()))
    } else {
        (file.display().to_string(), std::fs::read_to_string(file))
    };
    let what = format!("read the seed from {name}");
    let text = text.map_err(|error| Failure::to(&what, &error))?;
    let form = "`link-sandbox seed` prints a world in the form that is expected, `link-sandbox seed --help` explains it.";
    seed_from_str(&text).map_err(|error| Failure::to(&what, &error).hint(form))
}
