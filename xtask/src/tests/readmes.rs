//! What the READMEs and the guide show: their Rust is compiled somewhere, and their commands exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;

use crate::{Arguments, layout::Layout};

/// A fenced block: what stands behind the fence, and what is in it.
struct Block {
    language: String,
    text: String,
}

#[test]
fn rust_in_a_readme_is_a_doc_test() {
    let layout = Layout::of_workspace();
    for readme in readmes(&layout) {
        let name = layout.display(&readme);
        let rust = blocks(&readme)
            .into_iter()
            .filter(|block| is_rust(&block.language))
            .count();
        if rust == 0 {
            continue;
        }
        let folder = readme.parent().unwrap();
        let (library, text) = match name.as_str() {
            "README.md" => (layout.at("tests/src/lib.rs"), "../../README.md".to_owned()),
            chapter if chapter.starts_with("docs/") => {
                (layout.at("tests/src/guide.rs"), format!("../../{chapter}"))
            }
            _ => (folder.join("src/lib.rs"), "../README.md".to_owned()),
        };
        let include = format!("doc = include_str!(\"{text}\")");
        let library = fs::read_to_string(library).unwrap_or_default();
        assert!(
            library.contains(&include),
            "no library has `{include}` in an attribute, so nothing compiles the Rust of {name}"
        );
    }
}

#[test]
fn commands_in_a_readme_exist() {
    let layout = Layout::of_workspace();
    let mut commands = 0;
    for readme in readmes(&layout) {
        let name = layout.display(&readme);
        for block in blocks(&readme) {
            match block.language.as_str() {
                "console" => {
                    for line in block.text.lines() {
                        let command = line.strip_prefix("$ ");
                        let command =
                            command.unwrap_or_else(|| panic!("{name}: no command: {line}"));
                        check(&layout, command)
                            .unwrap_or_else(|problem| panic!("{name}: {line}: {problem}"));
                        commands += 1;
                    }
                }
                "bash" | "sh" | "shell" | "text" => {
                    panic!("{name}: commands stand in a block of `console`, each behind a `$`")
                }
                _ => {}
            }
        }
    }
    assert!(
        commands > 5,
        "the front page alone has more commands than {commands}"
    );
}

/// Whether rustdoc takes the block for a test.
fn is_rust(language: &str) -> bool {
    ["", "rust", "no_run", "should_panic"].contains(&language.split(',').next().unwrap_or_default())
}

/// Every README below the root, but for what is built or installed.
fn readmes(layout: &Layout) -> Vec<PathBuf> {
    let mut folders = vec![layout.at("")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found
}

fn blocks(readme: &Path) -> Vec<Block> {
    let text = fs::read_to_string(readme).unwrap();
    let parts: Vec<&str> = text.split("```").collect();
    parts
        .iter()
        .skip(1)
        .step_by(2)
        .map(|part| {
            let (language, text) = part.split_once('\n').unwrap_or((part, ""));
            Block {
                language: language.trim().to_owned(),
                text: text.to_owned(),
            }
        })
        .collect()
}

/// Whether the parts that a command names are there.
fn check(layout: &Layout, command: &str) -> Result<(), String> {
    let command = command.split(" #").next().unwrap_or_default();
    let words: Vec<&str> = command
        .split_whitespace()
        .filter(|word| *word != "&")
        .collect();
    for word in &words {
        let is_ours = word.contains('/') && !word.contains("://") && !word.starts_with("target/");
        if is_ours && !layout.at(word).exists() {
            return Err(format!("there is no {word}"));
        }
    }
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    match words.as_slice() {
        ["cargo", "xtask", arguments @ ..] => {
            let arguments = ["cargo xtask"].iter().chain(arguments);
            Arguments::try_parse_from(arguments)
                .map(drop)
                .or_else(|error| match error.exit_code() {
                    0 => Ok(()),
                    _ => Err(error.to_string()),
                })
        }
        ["cargo", "run" | "test" | "bench", ..] => {
            let Some(package) = after("-p") else {
                return Ok(());
            };
            let folder = ["crates", ".", "tests"]
                .iter()
                .flat_map(|folder| fs::read_dir(layout.at(folder)).unwrap())
                .map(|entry| entry.unwrap().path())
                .find(|folder| is_package(folder, package))
                .ok_or(format!("there is no package {package}"))?;
            for (flag, below) in [
                ("--example", "examples"),
                ("--test", "tests"),
                ("--bench", "benches"),
            ] {
                if let Some(name) = after(flag) {
                    let target = folder.join(below).join(name);
                    if !target.with_extension("rs").exists() && !target.join("main.rs").exists() {
                        return Err(format!("{package} has no {below}/{name}"));
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn is_package(folder: &Path, name: &str) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.contains(&format!("\nname = \"{name}\"\n"))
}
