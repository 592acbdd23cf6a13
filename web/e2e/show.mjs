// Sets a furnished stage and keeps it, for development: prints a log-in link, ends with Ctrl-C.
import { frontOf } from "./front.mjs";
import { furnish, trouble } from "./scenes.mjs";
import { setStage } from "./stage.mjs";

const stage = await setStage();
const front = await frontOf(stage.url);
if (!process.argv.includes("--empty")) await furnish(stage);
if (process.argv.includes("--trouble")) await trouble(stage);
console.log(`server ${stage.url}\nroot ${stage.root}\nsim ${stage.sim.base}/sim`);
console.log(`${front.url}${await stage.loginPath()}`);
const stop = async () => {
  front.close();
  await stage.clear();
  process.exit(0);
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
