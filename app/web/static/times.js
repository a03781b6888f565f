// Moments in the visitor's own time.

const words = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

export function localiseTimes(part) {
  for (const time of part.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) time.textContent = words.format(moment);
  }
}
