//! The server: what a repository holds, and single requests for its files.
//!
//! Speaks to huggingface.co or a mirror of it, through the proxy that the environment names. A token (`HF_TOKEN`, or the one
//! that the hub's own tools keep) is sent only after the server has refused without it, never over an open line, and
//! never to where the server redirects.

use crate::{Error, Result};
use serde::Deserialize;
use std::time::Duration;
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

const HUB: &str = "https://huggingface.co";
/// A listing that is longer is not one.
const LONGEST_LISTING: u64 = 16 << 20;

/// How long is waited, and how often tried again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub connect: Duration,
    /// For the next bytes.
    pub stall: Duration,
    /// Failures in a row without a new byte.
    pub attempts: u32,
    /// Before the second attempt; doubles with each.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_secs(1),
        }
    }
}

#[derive(Debug)]
pub struct Hub {
    agent: Agent,
    base: String,
    token: Option<String>,
    pub(super) patience: Patience,
}

/// What a repository holds at one commit.
#[derive(Debug, Clone)]
pub struct Listing {
    pub commit: String,
    pub files: Vec<Wanted>,
}

/// A file, as it is announced.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct Wanted {
    pub name: String,
    pub size: u64,
    /// Announced for large files.
    pub sha256: Option<String>,
}

impl Hub {
    /// The hub, or the server that the environment (`HF_ENDPOINT`) or the settings name instead.
    pub fn new(mirror: Option<&str>) -> Result<Self> {
        let named = std::env::var("HF_ENDPOINT").ok().filter(|v| !v.is_empty());
        let base = named.as_deref().or(mirror).unwrap_or(HUB);
        Self::at(base, token(), Patience::default())
    }

    pub fn at(base: &str, token: Option<String>, patience: Patience) -> Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let secure = base.starts_with("https://");
        if !secure && !is_loopback(&base) {
            return Err(Error::request(
                format!("{base} is no secure address"),
                "Use an address that begins with https://.",
            ));
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let agent = Agent::config_builder()
            .user_agent(concat!("myna/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .https_only(secure)
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            .tls_config(tls.build())
            .build()
            .into();
        Ok(Self {
            agent,
            base,
            token,
            patience,
        })
    }

    /// What `repo` holds at `revision`, a commit or a branch.
    pub fn list(&self, repo: &str, revision: &str) -> Result<Listing> {
        #[derive(Deserialize)]
        struct Answer {
            sha: String,
            siblings: Vec<Sibling>,
        }
        #[derive(Deserialize)]
        struct Sibling {
            rfilename: String,
            size: Option<u64>,
            lfs: Option<Large>,
        }
        #[derive(Deserialize)]
        struct Large {
            sha256: String,
        }
        let url = format!(
            "{}/api/models/{repo}/revision/{revision}?blobs=true",
            self.base
        );
        let mut response = self.get(&url, None)?;
        self.expect(&response, repo)?;
        let text = response
            .body_mut()
            .with_config()
            .limit(LONGEST_LISTING)
            .read_to_string()
            .map_err(|e| broken(&self.base, e))?;
        let answer: Answer = serde_json::from_str(&text).map_err(|e| {
            Error::network(
                format!(
                    "{} answers something else than a list of files: {e}",
                    self.base
                ),
                "Check the mirror's address, or whether this network asks for a login first.",
            )
        })?;
        let is_commit = answer.sha.len() >= 8 && answer.sha.chars().all(|c| c.is_ascii_hexdigit());
        if !is_commit {
            return Err(Error::network(
                format!("{} names no commit of {repo}", self.base),
                "Check the mirror's address.",
            ));
        }
        let files = answer.siblings.into_iter().filter_map(|s| {
            Some(Wanted {
                name: s.rfilename,
                // Without a size nothing can be checked: such a file is not offered.
                size: s.size?,
                sha256: s.lfs.map(|l| l.sha256.to_lowercase()),
            })
        });
        Ok(Listing {
            commit: answer.sha,
            files: files.collect(),
        })
    }

    pub(super) fn url(&self, repo: &str, commit: &str, name: &str) -> String {
        format!("{}/{repo}/resolve/{commit}/{name}", self.base)
    }

    /// One request, from byte `from` on; with the token only where it is needed.
    pub(super) fn get(&self, url: &str, from: Option<u64>) -> Result<Response<Body>> {
        let ask = |token: Option<&str>| {
            let mut request = self.agent.get(url);
            if let Some(from) = from {
                request = request.header("Range", format!("bytes={from}-"));
            }
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            request.call().map_err(|e| broken(&self.base, e))
        };
        let response = ask(None)?;
        match (&self.token, response.status()) {
            (Some(token), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => ask(Some(token)),
            _ => Ok(response),
        }
    }

    /// Anything but success, in words.
    pub(super) fn expect(&self, response: &Response<Body>, what: &str) -> Result<()> {
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::network(
                format!("{} does not give {what} to everybody", self.base),
                "Accept its licence on its page, make a token there and set HF_TOKEN; or fetch it by hand and use \
                 `myna models import DIR`.",
            ),
            StatusCode::NOT_FOUND => Error::network(
                format!("{} does not have {what}", self.base),
                "It may have moved. If you have the files, use `myna models import DIR`.",
            ),
            other => Error::network(
                format!("{} answers {other} for {what}", self.base),
                "Try again later; what is here already is kept.",
            ),
        })
    }
}

/// Whether to try again: the line or the server failed, not the request.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}

pub(super) fn broken(base: &str, e: impl std::fmt::Display) -> Error {
    Error::network(
        format!("{base}: {e}"),
        "Check the connection and the proxy (HTTPS_PROXY); what is here already is kept.",
    )
}

fn is_loopback(base: &str) -> bool {
    let host = base.strip_prefix("http://").unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["127.0.0.1", "localhost", "[::1]"].contains(&host)
}

/// From the environment, or where the hub's own tools keep it.
fn token() -> Option<String> {
    let given = std::env::var("HF_TOKEN").ok();
    let kept = || {
        let home = std::env::var_os("HF_HOME").map(std::path::PathBuf::from);
        let home = home.or_else(|| Some(std::env::home_dir()?.join(".cache/huggingface")))?;
        std::fs::read_to_string(home.join("token")).ok()
    };
    let token = given.or_else(kept)?;
    let token = token.trim();
    (!token.is_empty()).then(|| token.to_owned())
}
