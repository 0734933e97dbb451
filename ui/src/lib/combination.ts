/** Keys that are held together with another. */
const held = ["Control", "Alt", "Shift", "Meta", "AltGraph", "CapsLock", "Fn", "Super", "OS"];

export const onMac = /^Mac/.test(globalThis.navigator?.platform ?? "");

/** The combination that was pressed, as the app writes it; none while only modifiers are down. */
export function combination(event: KeyboardEvent, mac: boolean): string | undefined {
  if (held.includes(event.key)) return undefined;
  // A Mac takes keys by their place on the keyboard, X11 by what is printed on them.
  const printed = /^[a-z]$/i.test(event.key) && !mac;
  const key = printed ? event.key.toLowerCase() : event.code || event.key;
  const modifiers = [event.ctrlKey && "ctrl", event.altKey && "alt", event.shiftKey && "shift", event.metaKey && "super"];
  return [...modifiers.filter(Boolean), key].join("+");
}
