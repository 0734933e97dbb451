/** Times as people read them. */
import { strings } from "./strings";

const words = strings.time;

/** A place in a recording: 4:05, 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** How long something is: "40 s", "12 min", "1 h 5 min". */
export function length(seconds: number): string {
  if (seconds < 59.5) return words.seconds(Math.max(0, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return words.minutes(minutes);
  const rest = minutes % 60;
  return rest ? `${words.hours(Math.floor(minutes / 60))} ${words.minutes(rest)}` : words.hours(minutes / 60);
}

/** How long it will still take, told in steps that do not flicker. */
export function left(seconds: number): string {
  if (seconds < 8) return words.moment;
  return words.left(length(seconds < 60 ? Math.ceil(seconds / 10) * 10 : seconds));
}

/** A day and a time of day, as the system writes them. */
export function moment(at: number): string {
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** A day, given as in 2026-11-21. */
export function day(date: string): string {
  const [year, month, of] = date.split("-").map(Number);
  if (!year || !month || !of) return date;
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium" }).format(new Date(year, month - 1, of));
}
