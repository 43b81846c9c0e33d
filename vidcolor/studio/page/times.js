/** Times as the hints file writes them, and as people read them. */

/** What stands between the two times of a span. */
export const SPAN = "..";

/** Seconds of "72.48", "1:12.48", "0:01:12.480" or "1812/25"; NaN if it is no time. */
export function seconds(text) {
  const [numerator, denominator] = String(text).split("/");
  if (denominator !== undefined) return Number(numerator) / Number(denominator);
  const parts = numerator.split(":");
  if (parts.length > 3 || parts.some((part) => !/^\d+(\.\d*)?$/.test(part.trim()))) return NaN;
  return parts.reduce((sum, part) => 60 * sum + Number(part), 0);
}

/** Seconds as "1:12.48", with hours where there are any; `digits` after the point. */
export function clock(time, digits = 2) {
  const unit = 10 ** digits;
  const whole = Math.round(time * unit);
  const minutes = Math.floor(whole / unit / 60);
  const rest = (whole / unit - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The number of the last of `times` that is not after `time`, in seconds. */
export function frameAt(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (seconds(times[middle]) <= time + 1e-9) low = middle;
    else high = middle - 1;
  }
  return low;
}
