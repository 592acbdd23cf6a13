/** The calendar date of now, in UTC, as the days of a portfolio are written. */
export function today(now = new Date()): string {
  return now.toISOString().slice(0, 10);
}
