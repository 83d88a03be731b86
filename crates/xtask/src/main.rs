//! Repository commands: one place, so that a fresh machine needs nothing but cargo.

mod bench;
mod check;
mod clients;
#[cfg(feature = "codegen")]
mod codegen;
mod database;
mod generate;
mod shell;
mod test;
mod tidy;

use anyhow::bail;

const USAGE: &str = "cargo xtask <verb>

  check         formatting, lints and tidy
  test          everything: check, stale files, all tests, end-to-end tests, the official clients
  gen           rewrite generated files: protos, configuration schema, OpenAPI   [--check]
  tidy          crate arrows, file headers, words that do not belong here
  bench         the benchmarks, as ratios in one run
";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check"] => check::run(),
        ["test"] => test::run(),
        ["gen"] => generate::run(false),
        ["gen", "--check"] => generate::run(true),
        #[cfg(feature = "codegen")]
        ["gen-protos"] => codegen::run(false),
        #[cfg(feature = "codegen")]
        ["gen-protos", "--check"] => codegen::run(true),
        ["tidy"] => tidy::run(),
        ["bench"] => bench::run(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown verb\n\n{USAGE}"),
    }
}
