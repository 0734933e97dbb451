#!/usr/bin/env bash
# with-desktop.sh COMMAND...: runs COMMAND inside a private desktop and forgets it afterwards: Xvfb, D-Bus, a
# window manager, and PulseAudio with a speaker that can be recorded (sink "speaker", record its monitor) and a
# microphone that can be fed (play into sink "micfeed"). HOME is a scratch folder, so no test sees a person's
# files; for the same reason ./dev, which keeps caches there, does not belong in here.
# Debian: xvfb xauth openbox dbus dbus-x11 x11-utils xdotool pulseaudio libasound2-plugins.
set -euo pipefail
: "${CARGO_HOME:=$HOME/.cargo}" "${RUSTUP_HOME:=$HOME/.rustup}"
scratch=$(mktemp -d)
trap 'pulseaudio --kill 2>/dev/null || true; rm -rf "$scratch"' EXIT
export CARGO_HOME RUSTUP_HOME HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/run
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME WAYLAND_DISPLAY
mkdir -p "$HOME" && mkdir -m 700 "$XDG_RUNTIME_DIR"
export GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 WEBKIT_DISABLE_DMABUF_RENDERER=1 NO_AT_BRIDGE=1

# norewinds: without it the sink takes sound in blocks of seconds, and no timing can be measured.
cat >"$scratch/pulse.pa" <<'PA'
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=speaker rate=48000 channels=2 norewinds=1
load-module module-null-sink sink_name=micfeed rate=48000 channels=1 norewinds=1
load-module module-remap-source source_name=mic master=micfeed.monitor
set-default-sink speaker
set-default-source mic
PA
pulseaudio -n -F "$scratch/pulse.pa" --exit-idle-time=-1 --daemonize=yes --realtime=no --high-priority=no \
    2>"$scratch/pulse.log" || { cat "$scratch/pulse.log" >&2; exit 1; }
printf '</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n' >"$scratch/alsa.conf"
export ALSA_CONFIG_PATH=$scratch/alsa.conf

# The desktop's own chatter goes to a file, the command's words (3, 4) to where they were going.
exec 3>&1 4>&2
xvfb-run -a -s "-screen 0 1280x800x24" dbus-run-session -- bash -c '
    openbox & manager=$!
    for try in $(seq 100); do # until the window manager has announced itself
        xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q "window id" && break
        sleep 0.05
    done
    rc=0; "$@" >&3 2>&4 3>&- 4>&- || rc=$?
    kill $manager; exit $rc' -- "$@" >"$scratch/desktop.log" 2>&1
