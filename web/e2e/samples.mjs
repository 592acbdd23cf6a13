// Trade logs as exports have them, small and always the same.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const HEAD =
  '"Date Opened","Time Opened","Opening Price","Legs","Premium","Closing Price","Date Closed","Time Closed",' +
  '"Avg. Closing Cost","Reason For Close","P/L","No. of Contracts","Funds at Close","Margin Req.","Strategy",' +
  '"Opening Commissions + Fees","Closing Commissions + Fees","Movement"';

const BLOCKS = [
  { name: "Iron condor at ten", seed: 3, days: 90, win: 310, loss: 280 },
  { name: "Put spread after lunch", seed: 5, days: 90, win: 190, loss: 240 },
  { name: "Butterfly", seed: 11, days: 60, win: 220, loss: 260 },
];

/** Weekdays before `today`, oldest first. */
function weekdays(today, count) {
  const days = [];
  for (let day = new Date(`${today}T00:00Z`); days.length < count; ) {
    day = new Date(day.getTime() - 86_400_000);
    if (![0, 6].includes(day.getUTCDay())) days.push(day.toISOString().slice(0, 10));
  }
  return days.reverse();
}

export async function writeTradeLogs(folder, today = new Date().toISOString().slice(0, 10)) {
  for (const { name, seed, days, win, loss } of BLOCKS) {
    let state = seed;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let funds = 100_000;
    const trades = [];
    const daily = [];
    let peak = funds;
    for (const date of weekdays(today, days)) {
      const pl = random() < 0.62 ? Math.round(win * (0.4 + random())) : -Math.round(loss * (0.4 + random()));
      const before = funds;
      funds += pl;
      peak = Math.max(peak, funds);
      const legs = `1 ${date.slice(5)} 5995 P STO 4.20 | 1 ${date.slice(5)} 5970 P BTO 2.10`;
      trades.push(
        `${date},10:00:00,6000.00,"${legs}",210.00,6004.50,${date},15:30:00,${(210 - pl).toFixed(2)},` +
          `"${pl > 0 ? "Profit Target" : "Stop Loss"}",${pl.toFixed(2)},1,${funds.toFixed(2)},2500.00,"${name}",0,0,4.50`,
      );
      const [gain, fall] = [(pl / before) * 100, ((funds - peak) / peak) * 100].map((part) => part.toFixed(4));
      daily.push(`${date},${funds},${funds},0,${funds},${pl},${gain},${fall}`);
    }
    if (name === "Butterfly") trades.push("2026-02-30,10:00:00,6000.00,\"no such day\",1,1,,,,,many,1,1,1,\"Butterfly\",0,0,0");
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "tradelog.csv"), `\ufeff${[HEAD, ...trades.reverse()].join("\r\n")}\r\n`);
    const dailyHead = "Date,Net Liquidity,Current Funds,Withdrawn,Trading Funds,P/L,P/L %,Drawdown %";
    await writeFile(join(folder, name, "dailylog.csv"), `${[dailyHead, ...daily].join("\r\n")}\r\n`);
  }
}
