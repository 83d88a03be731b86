//! Repository commands: one place, so that a fresh machine needs nothing but cargo.

mod bench;
mod bucket;
mod check;
mod clients;
#[cfg(feature = "codegen")]
mod codegen;
mod database;
mod deploy;
mod generate;
mod scale;
mod shell;
mod soak;
mod test;
mod tidy;

use anyhow::bail;

const USAGE: &str = "cargo xtask <verb>

  check         formatting, lints and tidy
  test          everything: check, stale files, all tests, end-to-end tests, the official clients
  gen           rewrite generated files: protos, configuration schema, OpenAPI   [--check]
  tidy          crate arrows, file headers, words that do not belong here
  bench         the benchmarks, as ratios in one run
  deploy        check manifests, compose files, dashboards and rules with the programs that read them
  scale         requests a second with one, two and three evaluators of a fixed share of a processor each
  soak          load on a cluster of processes for --minutes N: memory, descriptors, latency, minute by minute
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
        ["deploy"] => deploy::run(),
        ["scale"] => scale::run(),
        ["soak", "--minutes", minutes] => soak::run(minutes),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown verb\n\n{USAGE}"),
    }
}
