//! Repository commands.

#[cfg(feature = "codegen")]
mod codegen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        #[cfg(feature = "codegen")]
        ["gen"] => codegen::run(false),
        #[cfg(feature = "codegen")]
        ["gen", "--check"] => codegen::run(true),
        _ => anyhow::bail!("usage: cargo xtask gen [--check], with `--features codegen`"),
    }
}
