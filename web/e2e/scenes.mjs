// A stage with accounts, prices and trade logs: what the pages are looked at with.
import { join } from "node:path";
import { writeTradeLogs } from "./samples.mjs";

export const KEYS = {
  binance: {
    api_key: "SimBinanceKey000000000000000000000000000000000000000000000000000",
    api_secret: "SimBinanceSecret000000000000000000000000000000000000000000000000",
  },
  okx: {
    api_key: "00000000-51a1-4000-8000-00000000000a",
    api_secret: "51A1000000000000000000000000000A",
    passphrase: "Sim-Passphrase-1",
  },
  alpaca: { key_id: "PKSIMULATEDPAPER0001", secret_key: "SimAlpacaPaperSecret00000000000000000000" },
  fmp: { api_key: "simulated-fmp-key" },
};

const SYMBOLS =
  "AAPL MSFT NVDA AMZN GOOGL TSLA JPM KO XOM etf:SPY etf:QQQ VOD.L SHEL.L crypto:BTC crypto:ETH crypto:SOL crypto:ADA stock:NOSUCH";

/** Everything that the demo shows, and accounts. */
export async function furnish(stage) {
  await writeTradeLogs(join(stage.root, "trade-logs"));
  const instruments = SYMBOLS.split(" ").map((symbol) => ({ symbol }));
  await stage.api("POST", "/api/instruments", { instruments });
  await stage.add("ecb", "ECB", {}, {}, 15);
  await stage.add("fmp", "FMP", { plan: "premium", fx_pairs: "USDGBP,USDCHF", history_years: "1" }, KEYS.fmp, 15);
  await stage.add("binance", "Binance", { priority: "10", history_years: "1" }, KEYS.binance, 5);
  await stage.add("okx", "OKX", { priority: "20", history_years: "1" }, KEYS.okx, 5);
  await stage.add("alpaca", "Alpaca paper", { environment: "paper" }, KEYS.alpaca, 15);
  await stage.add("tradelog", "Options backtests", { path: join(stage.root, "trade-logs") }, {}, 15);
}

/** One connection that its user must mend, and one whose service fails. */
export async function trouble(stage) {
  await stage.add("alpaca", "Alpaca, old key", { environment: "paper" }, { key_id: "PKGONE", secret_key: "gone" }, 15);
  await stage.sim.ask("POST", "/faults", { provider: "okx", fault: { kind: "status", code: 503 }, when: {} });
  await stage.add("okx", "OKX, second account", { quotes: "off", history: "off" }, KEYS.okx, 5);
}
