//! Finds or installs, at first use, the tools that the commands need, and says so.
mod browser;
mod cargo_tools;
mod deny;
mod packages;
mod target;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

pub(crate) use browser::Browser;
pub(crate) use deny::ready as cargo_deny;

use crate::places::Places;

/// Everything a build and the running stack need, found and of the right version.
pub(crate) struct Tools {
    /// Node 22 from the npm packages; the system's may be older than the platform's tools accept.
    pub(crate) node: PathBuf,
    /// `wasm-bindgen`, exactly the version of the crate in `Cargo.lock`.
    pub(crate) wasm_bindgen: PathBuf,
    /// `worker-build`, which turns the edge crate into a Worker.
    pub(crate) worker_build: PathBuf,
    /// Binaryen's optimiser.
    pub(crate) wasm_opt: PathBuf,
    /// Binaryen's tool that removes code which no export reaches.
    pub(crate) wasm_metadce: PathBuf,
    /// The native esbuild binary.
    pub(crate) esbuild: PathBuf,
    /// The minifier of esbuild's output, a script for Node.
    pub(crate) terser: PathBuf,
    /// The platform's command line, a script for Node.
    pub(crate) wrangler: PathBuf,
    /// The local mail API, a script for Node.
    pub(crate) emulate: PathBuf,
    path: OsString,
}

impl Tools {
    /// Finds or installs everything but the browser.
    pub(crate) fn ready(places: &Places) -> Result<Self> {
        target::ready(places)?;
        let packages = packages::ready(places)?;
        let worker_build = cargo_tools::ready(places, &cargo_tools::WORKER_BUILD)?;
        let wasm_bindgen = cargo_tools::ready(places, &cargo_tools::WASM_BINDGEN)?;
        let node_folder = packages.node.parent().context("node lies in no folder")?.to_path_buf();
        let mut folders = vec![node_folder, places.root.join("node_modules/.bin")];
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        Ok(Self {
            node: packages.node,
            wasm_bindgen,
            worker_build,
            wasm_opt: packages.wasm_opt,
            wasm_metadce: packages.wasm_metadce,
            esbuild: packages.esbuild,
            terser: packages.terser,
            wrangler: packages.wrangler,
            emulate: packages.emulate,
            path: env::join_paths(folders)?,
        })
    }

    /// Gives a command the pinned tools and keeps them from asking the network for anything.
    pub(crate) fn lend(&self, command: &mut Command) {
        command
            .env("PATH", &self.path)
            // The three below are looked up by worker-build, which otherwise downloads them by itself.
            .env("WASM_BINDGEN_BIN", &self.wasm_bindgen)
            .env("WASM_OPT_BIN", &self.wasm_opt)
            .env("ESBUILD_BIN", &self.esbuild)
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CI", "true");
    }

    /// A command that has the pinned tools.
    pub(crate) fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        self.lend(&mut command);
        command
    }
}
