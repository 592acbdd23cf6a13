// The real NocoDB on loopback, with an administrator that tests sign in as:
//
//     NC_TOOL_DIR=FOLDER NC_ADMIN_EMAIL=… NC_ADMIN_PASSWORD=… node server.mjs PORT
import { createRequire } from 'node:module';
import process from 'node:process';

// Where it is installed may be another folder than this file's.
const require = createRequire(`${process.env.NOCODB_MODULES ?? import.meta.dirname}/`);
const express = require('express');
const { Noco } = require('nocodb');

const app = express();
const server = app.listen(Number(process.argv[2]), '127.0.0.1', async () => {
  app.use(await Noco.init({}, server, app));
});
