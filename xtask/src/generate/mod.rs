//! `generate`: from curated documents to `crates/conga-api/src/generated`.
//!
//! Same documents, same bytes. Nothing is written where one document has a problem.

mod builders;
mod contract;
mod lower;
mod service;
mod signatures;
mod table;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use similar::TextDiff;

use crate::{
    document::Document,
    files,
    layout::{CONTRACT, GENERATED, Layout},
    problem::{Problem, Problems},
    register::{Register, Service},
};

/// What one service comes to.
pub(crate) struct Generated {
    /// By path below the workspace's root.
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) operations: usize,
    pub(crate) types: usize,
}

/// Generates one service, in memory.
pub(crate) fn service(layout: &Layout, service: &Service) -> Result<Generated, Problems> {
    let document = Document::load(layout, &service.id, &layout.curated(&service.id))?;
    document.check()?;
    document.check_ids()?;
    let signatures = signatures::read(&document, &lower::lower(&document)?)?;
    let operations = service::operations(&document, &signatures)?;
    let types = types::emit(&signatures);
    let modules = builders::by_module(&operations);

    let folder = Path::new(GENERATED).join(service.module());
    let mut files = BTreeMap::new();
    let mut put = |path: PathBuf, doc: &str, tokens: TokenStream| -> Result<(), Problem> {
        files.insert(path, render(service, doc, tokens)?);
        Ok(())
    };
    for (module, operations) in &modules {
        let doc = format!(
            "{}: {} operations.",
            module.replace('_', " "),
            operations.len()
        );
        put(
            folder.join(format!("{module}.rs")),
            &doc,
            builders::emit(operations, &service.id),
        )?;
    }
    put(
        folder.join("types.rs"),
        &format!("Types of the service {}.", service.title),
        types.tokens,
    )?;
    let doc = format!(
        "{}: {} operations, {} types.",
        service.title,
        operations.len(),
        types.count
    );
    put(
        folder.join("mod.rs"),
        &doc,
        client_module(service, modules.keys().copied()),
    )?;
    put(
        Path::new(GENERATED).join(format!("operations/{}.rs", service.module())),
        &format!("The operations of the service {}.", service.title),
        table::emit(service, &operations),
    )?;
    put(
        Path::new(CONTRACT).join(format!("{}.rs", service.module())),
        &format!(
            "Every operation of the service {}, called once.",
            service.title
        ),
        contract::emit(service, &operations),
    )?;
    Ok(Generated {
        files,
        operations: operations.len(),
        types: types.count,
    })
}

fn client_module<'a>(service: &Service, modules: impl Iterator<Item = &'a str>) -> TokenStream {
    let modules = modules.map(|module| format_ident!("{module}"));
    let doc = format!(" Client of the service {}.", service.title);
    quote! {
        #(pub mod #modules;)*
        pub mod types;

        use crate::Transport;

        #[doc = #doc]
        ///
        /// Cheap to clone: clones share one transport.
        #[derive(Clone, Debug)]
        pub struct Client {
            transport: Transport,
        }

        impl Client {
            /// A client over `transport`, whose base address must be the host of this service.
            pub fn new(transport: Transport) -> Self {
                Self { transport }
            }
        }
    }
}

/// The files that go over all services: module lists, the table, the accessors.
fn shared(register: &Register) -> Result<BTreeMap<PathBuf, String>, Problem> {
    let modules: Vec<_> = register
        .services
        .iter()
        .map(|s| format_ident!("{}", s.module()))
        .collect();
    let features: Vec<&str> = register.services.iter().map(|s| s.id.as_str()).collect();
    let module_list = quote! {
        mod api;
        pub mod operations;

        #(#[cfg(feature = #features)] pub mod #modules;)*
    };
    let entries = register.services.iter().map(table::service_entry);
    let table = quote! {
        #(pub mod #modules;)*

        pub use crate::operation::{Body, Evidence, Host, Location, Operation, Paging, Parameter, Service};

        /// Every service of the register, whether its feature is on or not.
        pub static SERVICES: &[Service] = &[#(#entries),*];
    };
    let accessors = register.services.iter().map(|service| {
        let module = format_ident!("{}", service.module());
        let feature = &service.id;
        let doc = format!(" {}.", service.title);
        let host = table::host(service.host);
        quote! {
            #[doc = #doc]
            #[cfg(feature = #feature)]
            pub fn #module(&self) -> super::#module::Client {
                super::#module::Client::new(self.transport(#host))
            }
        }
    });
    let accessors: Vec<TokenStream> = accessors.collect();
    let accessors = quote! {
        use crate::Api;
        #[cfg(any(#(feature = #features),*))]
        use crate::operation::Host;

        impl Api {
            #(#accessors)*
        }
    };
    let mut files = BTreeMap::new();
    for (path, doc, tokens) in [
        (
            "mod.rs",
            "One module a service, each behind the Cargo feature of its name.",
            module_list,
        ),
        ("operations/mod.rs", "One table of all operations.", table),
        ("api.rs", "One accessor a service.", accessors),
    ] {
        files.insert(
            Path::new(GENERATED).join(path),
            render_from("spec/services.toml", doc, tokens)?,
        );
    }
    let services: Vec<&Service> = register.services.iter().collect();
    files.insert(
        Path::new(CONTRACT).join("mod.rs"),
        render_from(
            "spec/services.toml",
            "One module a service, each calling every operation once.",
            contract::emit_services(&services),
        )?,
    );
    Ok(files)
}

fn render(service: &Service, doc: &str, tokens: TokenStream) -> Result<String, Problem> {
    render_from(&format!("spec/curated/{}.yaml", service.id), doc, tokens)
}

fn render_from(source: &str, doc: &str, tokens: TokenStream) -> Result<String, Problem> {
    let file: syn::File = syn::parse2(tokens).map_err(|e| {
        Problem::new(
            source,
            doc,
            format!("gives code that does not parse: {e}"),
            "report it as a fault of the generator",
        )
    })?;
    let code = prettyplease::unparse(&file)
        .replace("\n}\nimpl", "\n}\n\nimpl")
        .replace("\n}\n#[", "\n}\n\n#[")
        .replace("\n}\n///", "\n}\n\n///");
    Ok(format!(
        "// Generated by `cargo xtask generate` from {source}. Do not edit.\n\n//! {doc}\n\n{code}"
    ))
}

/// Generates every service of the register, two at a time or as many as there are cores.
pub(crate) fn all(
    layout: &Layout,
    services: &[&Service],
) -> Result<Vec<(String, Generated)>, Problems> {
    let next = Mutex::new(services.iter());
    let done = Mutex::new((Vec::new(), Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    // progenitor's panics are reported as problems; their own message on standard error would only confuse.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(one) = next.lock().ok().and_then(|mut next| next.next()) {
                    let result = service(layout, one);
                    if let Ok(mut done) = done.lock() {
                        match result {
                            Ok(generated) => done.0.push((one.id.clone(), generated)),
                            Err(Problems(found)) => done.1.extend(found),
                        }
                    }
                }
            });
        }
    });
    std::panic::set_hook(hook);
    let (mut generated, problems) = done.into_inner().unwrap_or_default();
    Problems(problems).into_result()?;
    generated.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(generated)
}

/// `generate`: writes what changed and removes what is no longer generated; with `check`, reports the difference instead.
pub(crate) fn run(layout: &Layout, only: Option<&str>, check: bool) -> Result<String, Problems> {
    let register = Register::load(layout)?;
    let services: Vec<&Service> = match only {
        Some(id) => vec![register.find(id)?],
        None => register.services.iter().collect(),
    };
    if check {
        check_curated(layout, &register)?;
    }
    let started = std::time::Instant::now();
    let generated = all(layout, &services)?;
    let mut wanted: BTreeMap<PathBuf, String> = BTreeMap::new();
    let (mut operations, mut types) = (0, 0);
    for (_, service) in generated {
        operations += service.operations;
        types += service.types;
        wanted.extend(service.files);
    }
    if only.is_none() {
        wanted.extend(shared(&register)?);
    }
    let stale = stale_files(layout, &services, only.is_none(), &wanted);
    let lines: usize = wanted.values().map(|text| text.lines().count()).sum();
    if check {
        compare(layout, &wanted, &stale)?;
    } else {
        for (path, text) in &wanted {
            let path = layout.at(path);
            files::write(&path, text.as_bytes()).map_err(|e| unwritable(layout, &path, &e))?;
        }
        for path in &stale {
            fs::remove_file(path).map_err(|e| unwritable(layout, path, &e))?;
        }
    }
    Ok(format!(
        "{} services, {operations} operations, {types} types, {lines} lines in {} files: {} in {:.1} s",
        services.len(),
        wanted.len(),
        if check { "as checked in" } else { "generated" },
        started.elapsed().as_secs_f64(),
    ))
}

fn unwritable(layout: &Layout, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        layout.display(path),
        "",
        format!("cannot be written: {error}"),
        "check the folder's permissions",
    )
}

/// The curated documents themselves must be what the published ones and the overlays give.
fn check_curated(layout: &Layout, register: &Register) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for document in crate::curate::curate_all(layout, register)? {
        let present = fs::read_to_string(layout.curated(&document.service)).unwrap_or_default();
        if present != document.to_yaml()? {
            problems.push(document.problem(
                "",
                "is not what `spec curate` gives",
                "run `cargo xtask spec curate`, then `cargo xtask generate`",
            ));
        }
    }
    Problems(problems).into_result()
}

/// Files in the folders of `services` that nothing generates any more.
fn stale_files(
    layout: &Layout,
    services: &[&Service],
    everything: bool,
    wanted: &BTreeMap<PathBuf, String>,
) -> Vec<PathBuf> {
    let generated = layout.at(GENERATED);
    let mut present = Vec::new();
    if everything {
        rust_files(&generated, &mut present);
        rust_files(&layout.at(CONTRACT), &mut present);
    } else {
        services
            .iter()
            .for_each(|service| rust_files(&generated.join(service.module()), &mut present));
    }
    present.retain(|path| !wanted.keys().any(|wanted| layout.at(wanted) == *path));
    present
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn compare(
    layout: &Layout,
    wanted: &BTreeMap<PathBuf, String>,
    stale: &[PathBuf],
) -> Result<(), Problems> {
    const SHOWN: usize = 40;
    let remedy = "run `cargo xtask generate` and commit the result";
    let mut problems = Vec::new();
    for (path, text) in wanted {
        let path = layout.at(path);
        let present = fs::read_to_string(&path).unwrap_or_default();
        if present == *text {
            continue;
        }
        let diff = TextDiff::from_lines(&present, text)
            .unified_diff()
            .context_radius(2)
            .to_string();
        let shown: Vec<&str> = diff.lines().take(SHOWN).collect();
        problems.push(Problem::new(
            layout.display(&path),
            "",
            format!("is not what the specification gives:\n{}", shown.join("\n")),
            remedy,
        ));
    }
    for path in stale {
        problems.push(Problem::new(
            layout.display(path),
            "",
            "is generated from nothing",
            remedy,
        ));
    }
    Problems(problems).into_result()
}

/// The ids of the methods that stand in the generated code of a service.
pub(crate) fn generated_operations(
    layout: &Layout,
    service: &Service,
) -> Result<BTreeSet<String>, Problem> {
    let mut paths = Vec::new();
    rust_files(&layout.at(GENERATED).join(service.module()), &mut paths);
    let mut ids = BTreeSet::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|e| {
            Problem::new(
                layout.display(&path),
                "",
                format!("cannot be read: {e}"),
                "run `cargo xtask generate`",
            )
        })?;
        // A method of the client is the one place where the table's entry is named.
        for entry in text.split("&operations::").skip(1) {
            let id: String = entry
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            ids.insert(id.to_lowercase());
        }
    }
    Ok(ids)
}
