// Made by `npm run types` from the snapshot of the API's document. Do not edit.

export interface paths {
    readonly "/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page for browsers */
        readonly get: operations["get"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/backup": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Copies everything but the key into a new folder; over the socket only */
        readonly post: operations["postBackup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/connections": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** All connections with their state */
        readonly get: operations["getConnections"];
        readonly put?: never;
        /** Adds a connection */
        readonly post: operations["postConnections"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/connections/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One connection */
        readonly get: operations["getConnectionsId"];
        readonly put?: never;
        readonly post?: never;
        /** Removes a connection */
        readonly delete: operations["deleteConnectionsId"];
        readonly options?: never;
        readonly head?: never;
        /** Changes a connection */
        readonly patch: operations["patchConnectionsId"];
        readonly trace?: never;
    };
    readonly "/api/connections/{id}/sync": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Syncs one connection, at most once a minute */
        readonly post: operations["postConnectionsIdSync"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/connections/{id}/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Tries a connection out: reads one page and stores nothing */
        readonly post: operations["postConnectionsIdTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/connections/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Tries out a connection that is not saved, and keeps nothing of it */
        readonly post: operations["postConnectionsTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The log of all runs */
        readonly get: operations["getEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/freshness": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How old everything is, and what is lacking */
        readonly get: operations["getFreshness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/fx": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** An exchange rate, with its age and where it comes from */
        readonly get: operations["getFx"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/instruments": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is priced, and by whom */
        readonly get: operations["getInstruments"];
        readonly put?: never;
        /** Adds instruments to those that are priced, all or none */
        readonly post: operations["postInstruments"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/instruments/{instrument}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Stops pricing an instrument; its prices stay */
        readonly delete: operations["deleteInstrumentsInstrument"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/instruments/unmapped": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Symbols of providers that nobody has said the meaning of */
        readonly get: operations["getInstrumentsUnmapped"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/key": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether credentials can be opened, and with which key */
        readonly get: operations["getKey"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/listings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /** Says what a provider's symbol is */
        readonly put: operations["putListings"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/login-links": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Makes a log-in link that works once */
        readonly post: operations["postLoginLinks"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What the user was told, and how far other ways of telling them have come */
        readonly get: operations["getNotifications"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/notifications/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Sends a made-up notification to everywhere that they go */
        readonly post: operations["postNotificationsTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document */
        readonly get: operations["getOpenapiJson"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/portfolio": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Everything that is held, and what it is worth */
        readonly get: operations["getPortfolio"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/portfolio/days": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What everything was worth on each day, as it was known then */
        readonly get: operations["getPortfolioDays"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/prices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The last known prices, with their age */
        readonly get: operations["getPrices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/prices/{instrument}/history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Daily prices of an instrument */
        readonly get: operations["getPricesInstrumentHistory"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/prices/sparklines": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The last closes of everything that is priced */
        readonly get: operations["getPricesSparklines"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/providers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What can be pulled from, with its settings */
        readonly get: operations["getProviders"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/query": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** One SQL statement that only reads */
        readonly post: operations["postQuery"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/quotas": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is left of each budget of requests */
        readonly get: operations["getQuotas"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/reconcile": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What fills and flows come to, beside what is held */
        readonly get: operations["getReconcile"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/rekey": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Seals all credentials with a new key */
        readonly post: operations["postRekey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The last runs, newest first */
        readonly get: operations["getRuns"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/runs/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One run */
        readonly get: operations["getRunsId"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/runs/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The log of one run */
        readonly get: operations["getRunsIdEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/runs/days": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Runs that are too old for the log, summed up by day; the newest first */
        readonly get: operations["getRunsDays"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/scheduler/broker-sync": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is due when */
        readonly get: operations["getSchedulerBrokerSync"];
        readonly put?: never;
        /** Syncs what is due */
        readonly post: operations["postSchedulerBrokerSync"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/server": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Who serves */
        readonly get: operations["getServer"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/server/hand-over": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Ends a server that a command started */
        readonly post: operations["postServerHandOver"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/session": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Who asks, and what they may do */
        readonly get: operations["getSession"];
        readonly put?: never;
        /** Signs a browser in with the secret of a log-in link */
        readonly post: operations["postSession"];
        /** Signs a browser out */
        readonly delete: operations["deleteSession"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/settings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What was chosen for all of it */
        readonly get: operations["getSettings"];
        /** Changes it */
        readonly put: operations["putSettings"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/snapshot": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Brings the copy up to date that anybody may open */
        readonly post: operations["postSnapshot"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/snapshot/file": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** That copy: a DuckDB database with everything but secrets */
        readonly get: operations["getSnapshotFile"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sync": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Syncs now, and tells how it goes */
        readonly post: operations["postSync"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sync/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Follows a sync again, from a cursor on */
        readonly get: operations["getSyncIdEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sync/status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** When anything was last synced */
        readonly get: operations["getSyncStatus"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tables": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What can be queried, and what it means */
        readonly get: operations["getTables"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tokens": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** All tokens, without their secrets */
        readonly get: operations["getTokens"];
        readonly put?: never;
        /** Makes a token; its secret is shown this once */
        readonly post: operations["postTokens"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tokens/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Removes a token: it opens nothing any more */
        readonly delete: operations["deleteTokensId"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/verify": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Stored data checked against itself */
        readonly get: operations["getVerify"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the server lives */
        readonly get: operations["getHealthz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/login": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Where a log-in link leads */
        readonly get: operations["getLogin"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/login.js": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What that page runs */
        readonly get: operations["getLoginJs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/mcp": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** The tools for language models: one message of the Model Context Protocol */
        readonly post: operations["postMcp"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Counters for Prometheus */
        readonly get: operations["getMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether it can read its database and is not about to end */
        readonly get: operations["getReadyz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly AddedInstruments: {
            readonly instruments: readonly components["schemas"]["Instrument"][];
        };
        /** @description One instrument, or a list of them under `instruments`. */
        readonly AddInstruments: {
            readonly currency?: string | null;
            readonly instruments?: readonly components["schemas"]["NewInstrument"][] | null;
            readonly isin?: string | null;
            readonly kind?: components["schemas"]["InstrumentKind"] | null;
            readonly name?: string | null;
            readonly symbol?: string | null;
        };
        readonly AddToken: {
            readonly label: string;
            readonly scope: components["schemas"]["Scope"];
        };
        /** @enum {string} */
        readonly Agreement: "agree" | "different_runs" | "unknown";
        readonly Answer: {
            readonly columns: readonly components["schemas"]["AnswerColumn"][];
            /** @description Decimals are texts, so that no digit is lost. */
            readonly rows: readonly (readonly components["schemas"]["Value"][])[];
            readonly snapshot: components["schemas"]["Snapshot"];
            /** @description Whether a limit cut rows off, and which. */
            readonly truncated: string | null;
        };
        readonly AnswerColumn: {
            readonly name: string;
            readonly type: string;
        };
        readonly Backup: {
            /** Format: int64 */
            readonly bytes: number;
            /** @description The version of the program. */
            readonly foliosync: string;
            /** Format: date-time */
            readonly madeAt: string;
            /** @description The ids of the keys that its credentials need. */
            readonly sealedWith: readonly string[];
            /** Format: int32 */
            readonly version: number;
        };
        readonly BackupBody: {
            /** @description Absolute path of a folder that is not there yet. */
            readonly path: string;
        };
        readonly Bar: {
            readonly closePrice: string;
            readonly currency: string | null;
            /**
             * Format: date
             * @description The exchange's calendar date.
             */
            readonly date: string;
            readonly dividend: string | null;
            readonly high: string | null;
            readonly low: string | null;
            /** Format: date-time */
            readonly observedAt: string;
            readonly open: string | null;
            readonly provider: string;
            /** @description New shares for each old one from this day on. */
            readonly splitFactor: string | null;
            readonly status: components["schemas"]["BarStatus"];
            readonly volume: string | null;
        };
        /** @enum {string} */
        readonly BarStatus: "intraday" | "close" | "corrected";
        readonly BlockReport: {
            readonly blockId: string;
            readonly checks: readonly components["schemas"]["Check"][];
            /** Format: int64 */
            readonly connection: number;
            readonly verdict: components["schemas"]["Verdict"];
        };
        /**
         * @description How often a stream runs: `interval`, as its connection does, or every so many seconds. One that is `watching` runs as
         *     often as its connection and asks about every so many seconds.
         */
        readonly Cadence: "interval" | {
            /** Format: int64 */
            readonly every_secs: number;
        } | {
            /** Format: int64 */
            readonly watching: number;
        };
        readonly Check: {
            /** Format: int64 */
            readonly checked: number;
            readonly counted: string;
            readonly examples: readonly components["schemas"]["Example"][];
            readonly explanation: string;
            /** Format: int64 */
            readonly failed: number;
            readonly name: string;
            readonly status: components["schemas"]["CheckStatus"];
        };
        /** @enum {string} */
        readonly CheckStatus: "holds" | "fails" | "not_applicable";
        readonly ColumnInfo: {
            readonly doc: string | null;
            readonly name: string;
            readonly type: string;
        };
        readonly Connection: {
            /** Format: date-time */
            readonly createdAt: string;
            /** @description Which credentials there are, by key; never what they are. */
            readonly credentials: {
                readonly [key: string]: components["schemas"]["Credential"];
            };
            readonly freshness: components["schemas"]["Freshness"];
            readonly gaps: readonly components["schemas"]["Gap"][];
            /** Format: int64 */
            readonly id: number;
            /** Format: int64 */
            readonly intervalSecs: number;
            readonly label: string;
            /** Format: date-time */
            readonly lastAttemptAt: string | null;
            readonly lastRun: components["schemas"]["Run"] | null;
            /**
             * Format: date-time
             * @description When anything of it was last read, changed or not.
             */
            readonly lastSyncAt: string | null;
            readonly lastSyncError: string | null;
            /** Format: date-time */
            readonly nextAttemptAt: string | null;
            readonly owner: string | null;
            readonly provider: string;
            /** Format: date-time */
            readonly removedAt: string | null;
            readonly role: components["schemas"]["Role"];
            /** @description Nothing secret. */
            readonly settings: {
                readonly [key: string]: string;
            };
            readonly status: components["schemas"]["ConnectionStatus"];
            readonly streams: readonly components["schemas"]["Stream"][];
            readonly syncEnabled: boolean;
            /** Format: int64 */
            readonly syncIntervalMin: number;
        };
        /** @description What is to be tried out. */
        readonly ConnectionDraft: {
            /**
             * Format: int64
             * @description The connection that would be changed: what is not given is as it is there.
             */
            readonly connection?: number | null;
            /** @description Secrets by the key of the setting. */
            readonly credentials?: {
                readonly [key: string]: string;
            };
            readonly provider: string;
            readonly settings?: {
                readonly [key: string]: string;
            };
        };
        /** @description What is given is changed; the rest stays. */
        readonly ConnectionEdit: {
            /** @description Secrets by the key of the setting; null erases one. */
            readonly credentials?: {
                readonly [key: string]: string | null;
            };
            readonly label?: string | null;
            readonly settings?: {
                readonly [key: string]: string;
            };
            readonly syncEnabled?: boolean | null;
            /** Format: int64 */
            readonly syncIntervalMin?: number | null;
        };
        readonly ConnectionError: {
            /** Format: int64 */
            readonly connection: number;
            readonly message: string;
        };
        readonly ConnectionFreshness: {
            /**
             * Format: date-time
             * @description The oldest of its streams'.
             */
            readonly asOf: string | null;
            /** Format: int64 */
            readonly connection: number;
            readonly freshness: components["schemas"]["Freshness"];
            readonly gaps: readonly components["schemas"]["Gap"][];
            readonly label: string;
            /** Format: date-time */
            readonly lastSyncAt: string | null;
            readonly provider: string;
            readonly status: components["schemas"]["ConnectionStatus"];
            readonly streams: readonly components["schemas"]["StreamFreshness"][];
        };
        readonly Connections: {
            readonly connections: readonly components["schemas"]["Connection"][];
        };
        /**
         * @description `ERROR`: it will be retried. `NEEDS_ATTENTION`: nothing happens until the user acts. `DISCONNECTED`: switched off.
         * @enum {string}
         */
        readonly ConnectionStatus: "CONNECTED" | "SYNCING" | "ERROR" | "NEEDS_ATTENTION" | "DISCONNECTED";
        readonly ConnectionTotal: components["schemas"]["Total"] & {
            /** Format: int64 */
            readonly connection: number;
            readonly label: string;
            readonly provider: string;
        };
        readonly Counts: {
            /** Format: int64 */
            readonly deferred: number;
            /** Format: int64 */
            readonly missing: number;
            /** Format: int64 */
            readonly rejected: number;
            /** Format: int64 */
            readonly unchanged: number;
            /** Format: int64 */
            readonly updated: number;
        };
        readonly Credential: {
            readonly set: boolean;
            /** Format: date-time */
            readonly setAt: string | null;
        };
        readonly CurrentSync: {
            /**
             * Format: int64
             * @description Items done so far.
             */
            readonly completed: number;
            /** Format: date-time */
            readonly startedAt: string;
            /** Format: int64 */
            readonly sync: number;
            /**
             * Format: int64
             * @description Items in all, as far as is known.
             */
            readonly total: number;
        };
        /** @description Why a request was refused, or what failed. */
        readonly Error: {
            /** @description Stable, for programs. */
            readonly code: string;
            /** @description What to do about it; may be empty. */
            readonly hint: string;
            /** @description For people. */
            readonly message: string;
        };
        readonly Events: {
            /**
             * Format: int64
             * @description Give it as `after` for the next page.
             */
            readonly cursor: number;
            readonly events: readonly components["schemas"]["RunEvent"][];
        };
        readonly Example: {
            /** Format: date */
            readonly date: string;
            readonly expected: string;
            readonly found: string;
            /** Format: int64 */
            readonly line: number | null;
        };
        /** @enum {string} */
        readonly Freshness: "fresh" | "stale" | "never";
        readonly FreshnessReport: {
            /** @description What is left of each budget of requests. */
            readonly budgets: readonly components["schemas"]["Quota"][];
            readonly connections: readonly components["schemas"]["ConnectionFreshness"][];
            /** Format: date-time */
            readonly lastSynced: string | null;
            readonly prices: components["schemas"]["PriceTotals"];
        };
        /** @description A rate with where it comes from and how old it is. */
        readonly Fx: {
            /** Format: int64 */
            readonly ageDays: number;
            /** Format: date */
            readonly askedFor: string;
            readonly base: string;
            /**
             * Format: date
             * @description The date asked for, or the last one before it that has a rate.
             */
            readonly date: string;
            readonly how: components["schemas"]["FxWay"];
            readonly provider: string | null;
            readonly quote: string;
            /** @description What one unit of `base` is in `quote`. */
            readonly rate: string;
            readonly side: components["schemas"]["FxSide"];
            /** @description The currency between the two of a triangulated rate. */
            readonly via: string | null;
        };
        /**
         * @description `bid`: what one receives who sells the base. `mid`: a reference rate or a middle.
         * @enum {string}
         */
        readonly FxSide: "bid" | "mid";
        /** @enum {string} */
        readonly FxWay: "same" | "direct" | "inverse" | "triangulated";
        /** @description A part whose stored rows are the last good ones. */
        readonly Gap: {
            /** Format: int64 */
            readonly connection: number;
            readonly item: string;
            readonly reason: string;
            /** Format: date-time */
            readonly since: string;
            readonly status: components["schemas"]["ItemStatus"];
            readonly stream: string;
        };
        readonly HandOver: {
            readonly closing: boolean;
        };
        readonly History: {
            /** @description The newest first. */
            readonly bars: readonly components["schemas"]["Bar"][];
            readonly instrument: string;
            /**
             * Format: date
             * @description Give it as `before` for the days before these; null where there are none.
             */
            readonly nextBefore: string | null;
        };
        readonly HoldingLine: {
            /**
             * Format: date-time
             * @description When this much was held, by the source.
             */
            readonly asOf: string;
            /** @description As the source names it. */
            readonly asset: string;
            /** Format: int64 */
            readonly connection: number;
            /** @description What the value has gained since the previous close, at the same rate; null: that close is not known. */
            readonly dayChange: string | null;
            /** @description What it is; null while nobody has said. */
            readonly instrument: string | null;
            /** @description Its place in the order of all lines. Opaque. */
            readonly key: string;
            readonly kind: string | null;
            readonly label: string;
            /** @description Units of what is priced in each unit that is held; null: not known. */
            readonly multiplier: string | null;
            readonly name: string | null;
            /** @description The wallet of a balance, the account of a position. */
            readonly part: string;
            /** @description In the currency of the price. */
            readonly previousClose: string | null;
            readonly price: string | null;
            /** Format: date-time */
            readonly priceAsOf: string | null;
            readonly priceCurrency: string | null;
            readonly provider: string;
            readonly quantity: string;
            /** @description What one unit of the price's currency is in the portfolio's. */
            readonly rate: string | null;
            /** Format: date */
            readonly rateDate: string | null;
            /** @description Why it is unpriced or old. */
            readonly remark: string | null;
            /** @description `net`, `long` or `short` for positions. */
            readonly side: string | null;
            /** @description Whether quantity, price or rate are old. */
            readonly stale: boolean;
            /** @description Null: unpriced, which is not zero. */
            readonly value: string | null;
        };
        /** @description Where it is reached. */
        readonly Host: {
            readonly key: string;
            readonly url: string;
        };
        readonly Instrument: {
            readonly currency: string | null;
            /** @description Market identifier code (ISO 10383); null: the United States, or no exchange. */
            readonly exchange: string | null;
            /** @description Such as `stock:VOD@XLON`. Opaque: do not take it apart. */
            readonly id: string;
            readonly isin: string | null;
            readonly kind: components["schemas"]["InstrumentKind"];
            readonly name: string | null;
            readonly symbol: string;
            /** @description Whether it is priced although nothing is held. */
            readonly watched: boolean;
        };
        /** @enum {string} */
        readonly InstrumentKind: "stock" | "etf" | "fund" | "crypto" | "option" | "future" | "fx" | "cash";
        readonly Instruments: {
            readonly instruments: readonly components["schemas"]["InstrumentView"][];
        };
        readonly InstrumentView: components["schemas"]["Instrument"] & {
            readonly listings: readonly components["schemas"]["Listing"][];
            readonly pricedBy: components["schemas"]["PricedBy"] | null;
            /** @description Why nobody reads its price, and what to do. */
            readonly unpriced: string | null;
            /** @description Whether its price is needed: it is listed by the user, or held somewhere. */
            readonly wanted: boolean;
        };
        /** @description How often a connection may run, in seconds. */
        readonly Interval: {
            /** Format: int64 */
            readonly default_secs: number;
            /** Format: int64 */
            readonly max_secs: number;
            /** Format: int64 */
            readonly min_secs: number;
        };
        readonly ItemLine: {
            readonly detail: string;
            readonly item: string;
            readonly status: components["schemas"]["ItemStatus"];
        };
        /** @enum {string} */
        readonly ItemStatus: "updated" | "unchanged" | "missing" | "rejected" | "deferred";
        /** @description What a provider calls an instrument. */
        readonly Listing: {
            /** @description Units of the instrument in each unit that is held there; null: one. */
            readonly factor: string | null;
            /** @description Null: nobody has said yet what it is. */
            readonly instrumentId: string | null;
            /** @description `user` or `provider`. */
            readonly mappedBy: string;
            readonly name: string | null;
            readonly nativeSymbol: string;
            readonly provider: string;
            /** @description False: only a holding there is called so, and its price goes by another symbol. */
            readonly quoted: boolean;
            /** @description The unit of its price there: `USD`, `GBp`, `USDT`. */
            readonly unit: string | null;
        };
        readonly LoginLink: {
            /** Format: date-time */
            readonly until: string;
            /** @description Works once. Its secret stands behind the `#`, where no server and no log sees it. */
            readonly url: string;
        };
        readonly Mapping: {
            /** @description The id of an instrument, or a symbol as people write it. */
            readonly instrument: string;
            readonly nativeSymbol: string;
            readonly provider: string;
            /** @description The unit of the provider's price: `USD`, `GBp`. */
            readonly unit?: string | null;
        };
        readonly NewConnection: {
            /** @description Secrets by the key of the setting. */
            readonly credentials?: {
                readonly [key: string]: string;
            };
            readonly label: string;
            /** @description Any name, for filters. */
            readonly owner?: string | null;
            readonly provider: string;
            readonly settings?: {
                readonly [key: string]: string;
            };
            /**
             * Format: int64
             * @description Minutes between scheduled syncs.
             */
            readonly syncIntervalMin?: number | null;
        };
        readonly NewInstrument: {
            /** @description ISO 4217, the major unit. */
            readonly currency?: string | null;
            readonly isin?: string | null;
            readonly kind?: components["schemas"]["InstrumentKind"] | null;
            readonly name?: string | null;
            /** @description As people write it: `AAPL`, `VOD.L`, `crypto:BTC`, `EUR/USD`. */
            readonly symbol: string;
        };
        /** @description A token that was just made. Nobody can show its secret again. */
        readonly NewToken: {
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: int64 */
            readonly id: number;
            readonly label: string;
            readonly scope: components["schemas"]["Scope"];
            /** @description What `Authorization: Bearer …` carries. */
            readonly secret: string;
        };
        readonly Notification: {
            /** Format: date-time */
            readonly at: string;
            /**
             * Format: int64
             * @description Null: it is about all connections to the provider.
             */
            readonly connectionId: number | null;
            /** Format: int64 */
            readonly id: number;
            readonly kind: components["schemas"]["NotificationKind"];
            readonly label: string | null;
            readonly message: string;
            /**
             * Format: date-time
             * @description When what it tells was over; null while it goes on.
             */
            readonly overAt: string | null;
            readonly provider: string;
        };
        /** @enum {string} */
        readonly NotificationKind: "error" | "needs_attention" | "recovered";
        readonly Notifications: {
            /** @description The newest first. */
            readonly notifications: readonly components["schemas"]["Notification"][];
            /** @description Where else the user is told. */
            readonly notifiers: readonly components["schemas"]["Notifier"][];
        };
        /** @description How far it has come is there once it was looked at. */
        readonly Notifier: {
            /** @description Why it did not take the last one. */
            readonly error: string | null;
            /**
             * Format: int64
             * @description Failures since it last took one.
             */
            readonly failures: number | null;
            /**
             * Format: int64
             * @description Notifications that it would not take for a day.
             */
            readonly givenUp: number | null;
            /** @description The host that it leads to. */
            readonly host: string;
            /** Format: date-time */
            readonly lastSentAt: string | null;
            readonly name: components["schemas"]["NotifierName"];
            /** Format: date-time */
            readonly nextAttemptAt: string | null;
            /**
             * Format: int64
             * @description The last notification that it took, or that was given up.
             */
            readonly sentUpTo: number | null;
        };
        /** @enum {string} */
        readonly NotifierName: "webhook" | "ntfy";
        readonly NotifiersTried: {
            readonly notifiers: readonly components["schemas"]["NotifierTried"][];
        };
        readonly NotifierTried: {
            readonly message: string;
            readonly name: components["schemas"]["NotifierName"];
            readonly ok: boolean;
        };
        readonly OneBody: {
            /**
             * @default {
             *       "acceptRemovals": false,
             *       "items": [],
             *       "rehash": false,
             *       "strict": false
             *     }
             */
            readonly options: components["schemas"]["SyncOptions"];
            /**
             * @description None means all.
             * @default []
             */
            readonly streams: readonly string[];
        };
        /** @enum {string} */
        readonly Outcome: "ok" | "partial" | "failed" | "needsuser" | "deferred" | "interrupted";
        /** @description Amounts are texts, so that no digit is lost. */
        readonly Portfolio: {
            /** Format: date-time */
            readonly at: string;
            readonly connections: readonly components["schemas"]["ConnectionTotal"][];
            /** @description In which everything is valued. */
            readonly currency: string;
            readonly lines: readonly components["schemas"]["HoldingLine"][];
            /** @description Give it as `after` for the next page; null on the last one. */
            readonly nextAfter: string | null;
            readonly total: components["schemas"]["Total"];
        };
        readonly PortfolioDay: components["schemas"]["Total"] & {
            readonly currency: string;
            /** Format: date */
            readonly date: string;
        };
        /** @description Days that were looked at, oldest first. */
        readonly PortfolioDays: {
            readonly days: readonly components["schemas"]["PortfolioDay"][];
        };
        /** @description `never` is unpriced: its price is null, and not zero. */
        readonly Price: {
            /**
             * Format: date-time
             * @description When that was the price, by the source.
             */
            readonly asOf: string | null;
            readonly currency: string | null;
            readonly currentPrice: string | null;
            readonly exchange: string | null;
            /** @description The other numbers, such as `previous_close`, each with who said it and when. */
            readonly fields: {
                readonly [key: string]: components["schemas"]["PriceField"];
            };
            readonly freshness: components["schemas"]["Freshness"];
            readonly instrument: string;
            readonly kind: components["schemas"]["InstrumentKind"];
            readonly name: string | null;
            readonly provider: string | null;
            /** @description Why it is old or lacks. */
            readonly remark: string | null;
            readonly symbol: string;
            /** @description Whether anybody still asks for its price. */
            readonly watched: boolean;
        };
        /** @description Who reads its price, under which symbol. */
        readonly PricedBy: {
            /** Format: int64 */
            readonly connection: number;
            readonly nativeSymbol: string;
        };
        readonly PriceField: {
            /** Format: date-time */
            readonly asOf: string;
            readonly currency: string | null;
            readonly provider: string;
            readonly value: string;
        };
        readonly Prices: {
            /** @description Give it as `after` for the next page; null on the last one. */
            readonly nextAfter: string | null;
            /** @description By the instrument's id. */
            readonly prices: readonly components["schemas"]["Price"][];
            readonly totals: components["schemas"]["PriceTotals"];
        };
        /** @description Over all that is asked for, whatever the page shows. */
        readonly PriceTotals: {
            /** @description Whether any price is old or lacks. */
            readonly partial: boolean;
            /**
             * Format: int64
             * @description With a price, old ones included.
             */
            readonly priced: number;
            /** Format: int64 */
            readonly stale: number;
            /** Format: int64 */
            readonly unpriced: number;
        };
        /** @description What trying a connection out came to. */
        readonly Probe: {
            /** @description What is left of each of its budgets, by scope. */
            readonly left: {
                readonly [key: string]: number;
            };
            /** @description What was read, or what failed and what to do. */
            readonly message: string;
            readonly ok: boolean;
        };
        readonly Provider: {
            /** @description Whether its contract was never checked against the service itself. */
            readonly experimental: boolean;
            readonly hosts: readonly components["schemas"]["Host"][];
            readonly id: string;
            readonly interval: components["schemas"]["Interval"];
            /** @description What one item is called on screen. */
            readonly item_noun: string;
            readonly name: string;
            /** @description `mirror` where committed rows are copied to it. */
            readonly role: components["schemas"]["Role"];
            readonly settings: readonly components["schemas"]["Setting"][];
            readonly streams: readonly components["schemas"]["ProviderStream"][];
            readonly summary: string;
        };
        readonly Providers: {
            readonly providers: readonly components["schemas"]["Provider"][];
        };
        readonly ProviderStream: {
            readonly cadence: components["schemas"]["Cadence"];
            readonly name: string;
            readonly summary: string;
        };
        readonly QueryBody: {
            /** @description Rows that the answer has at most. */
            readonly limit?: number;
            /**
             * Format: int64
             * @description How old the rows may be where newer ones were committed; a few seconds where it is not said.
             */
            readonly maxAgeMs?: number | null;
            /** @description Rows of the answer that are passed over: give the statement an ORDER BY. */
            readonly offset?: number;
            readonly sql: string;
            /**
             * Format: int64
             * @description Time after which it is stopped; 30 seconds, where it is not said, and at most.
             */
            readonly timeoutMs?: number | null;
        };
        /** @description What is left of a budget of requests, in the provider's own weights. */
        readonly Quota: {
            /**
             * Format: date-time
             * @description The provider wants no request before this.
             */
            readonly closedUntil: string | null;
            /** @description The connections that share it. */
            readonly connections: readonly number[];
            /** Format: int64 */
            readonly left: number;
            /** @description The limit's name: `minute`, `day`. */
            readonly limit: string;
            /** @description Why it is closed. */
            readonly note: string | null;
            readonly provider: string;
            /**
             * Format: date-time
             * @description When it is full again.
             */
            readonly resetsAt: string;
            /** @description Provider, address or key, and which limit. */
            readonly scope: string;
            /** Format: int64 */
            readonly used: number;
            /** Format: int64 */
            readonly weightMax: number;
        };
        readonly Quotas: {
            readonly quotas: readonly components["schemas"]["Quota"][];
        };
        /** @enum {string} */
        readonly ReconciledThing: "position" | "balance";
        /** @description What fills and flows come to, beside what the source says is held. */
        readonly Reconciliation: {
            /** @description Whether every line agrees. */
            readonly agrees: boolean;
            /** Format: int64 */
            readonly connection: number;
            /** Format: int64 */
            readonly fills: number;
            /** Format: int64 */
            readonly flows: number;
            readonly label: string;
            readonly lines: readonly components["schemas"]["ReconciliationLine"][];
            /**
             * Format: date-time
             * @description The first fill or flow that is known.
             */
            readonly since: string | null;
        };
        readonly ReconciliationLine: {
            /** @description Of a position; balances are compared over all wallets. */
            readonly account: string | null;
            readonly asset: string;
            /** @description What is reported beyond what is implied. */
            readonly drift: string | null;
            /** @description By fills and flows; null: it cannot be worked out. */
            readonly implied: string | null;
            /** @description Why it cannot be worked out. */
            readonly remark: string | null;
            readonly reported: string;
            readonly what: components["schemas"]["ReconciledThing"];
        };
        readonly Reconciliations: {
            readonly connections: readonly components["schemas"]["Reconciliation"][];
        };
        readonly RekeyBody: {
            /** @description The new key, in base64 or hexadecimal digits; one is made where none is given. */
            readonly key?: string | null;
            /** @description The old key is lost: the credentials sealed with it are erased. */
            readonly lost?: boolean;
        };
        readonly Rekeyed: {
            /**
             * Format: int64
             * @description How many credentials are sealed with it.
             */
            readonly credentials: number;
            /** @description Whether the key comes from the environment. */
            readonly given: boolean;
            readonly keyId: string;
            /** @description The file that holds it, or the variable that must hold it at the next start. */
            readonly keyIn: string;
        };
        /**
         * @description Which way rows go: from a source, to a mirror.
         * @enum {string}
         */
        readonly Role: "source" | "mirror";
        /** @description `updated`, `unchanged`, `missing`, `rejected` and `deferred` count items, and together all of them. */
        readonly Run: {
            /** Format: int64 */
            readonly connectionId: number;
            /** Format: int64 */
            readonly deferred: number;
            /** Format: int64 */
            readonly durationMs: number | null;
            readonly error: string | null;
            /** Format: int64 */
            readonly expected: number | null;
            /** Format: date-time */
            readonly finishedAt: string | null;
            /** Format: int64 */
            readonly id: number;
            /** Format: int64 */
            readonly missing: number;
            readonly outcome: components["schemas"]["Outcome"] | null;
            /** Format: int64 */
            readonly pages: number;
            /** Format: int64 */
            readonly rejected: number;
            /** Format: int64 */
            readonly rowsWritten: number;
            /** Format: date-time */
            readonly startedAt: string;
            /** Format: int64 */
            readonly tradesImported: number;
            /** Format: int64 */
            readonly tradesSkipped: number;
            readonly trigger: components["schemas"]["Trigger"];
            /** Format: int64 */
            readonly unchanged: number;
            /** Format: int64 */
            readonly updated: number;
        };
        /** @description The sums of a connection's runs that began on one day in UTC. */
        readonly RunDay: {
            /** Format: int64 */
            readonly connectionId: number;
            /** Format: date */
            readonly day: string;
            /** Format: int64 */
            readonly deferred: number;
            /** Format: int64 */
            readonly durationMs: number;
            /** @description What failed last. */
            readonly error: string | null;
            /** Format: int64 */
            readonly missing: number;
            /** Format: int64 */
            readonly pages: number;
            /** Format: int64 */
            readonly rejected: number;
            /** Format: int64 */
            readonly rowsWritten: number;
            /** Format: int64 */
            readonly runs: number;
            /** Format: int64 */
            readonly runsDeferred: number;
            /** Format: int64 */
            readonly runsFailed: number;
            /** Format: int64 */
            readonly runsInterrupted: number;
            /** Format: int64 */
            readonly runsNeedsuser: number;
            /** Format: int64 */
            readonly runsOk: number;
            /** Format: int64 */
            readonly runsPartial: number;
            /** Format: int64 */
            readonly tradesImported: number;
            /** Format: int64 */
            readonly tradesSkipped: number;
            /** Format: int64 */
            readonly unchanged: number;
            /** Format: int64 */
            readonly updated: number;
        };
        readonly RunDays: {
            readonly days: readonly components["schemas"]["RunDay"][];
        };
        readonly RunEvent: components["schemas"]["RunEventKind"] & {
            /** Format: date-time */
            readonly at: string;
            /** Format: int64 */
            readonly connection: number;
            /** Format: int64 */
            readonly cursor: number;
            /** Format: int64 */
            readonly run: number;
        };
        readonly RunEventKind: {
            readonly streams: readonly string[];
            readonly trigger: components["schemas"]["Trigger"];
            /** @enum {string} */
            readonly type: "started";
        } | {
            readonly counts: components["schemas"]["Counts"];
            /** Format: int64 */
            readonly expected: number | null;
            readonly items: readonly components["schemas"]["ItemLine"][];
            /** Format: int64 */
            readonly page: number;
            /** Format: int64 */
            readonly rows_written: number;
            readonly stream: string;
            /** @enum {string} */
            readonly type: "page";
        } | {
            readonly error: string | null;
            /** Format: date-time */
            readonly next_due: string | null;
            readonly outcome: components["schemas"]["Outcome"];
            readonly stream: string;
            /** @enum {string} */
            readonly type: "stream_ended";
        } | {
            readonly counts: components["schemas"]["Counts"];
            readonly error: string | null;
            readonly outcome: components["schemas"]["Outcome"];
            /** @enum {string} */
            readonly type: "finished";
        };
        readonly Runs: {
            readonly runs: readonly components["schemas"]["Run"][];
        };
        readonly Scheduled: {
            readonly connections: readonly components["schemas"]["ScheduledConnection"][];
        };
        readonly ScheduledConnection: {
            /** Format: int64 */
            readonly id: number;
            readonly label: string;
            /** Format: date-time */
            readonly lastSyncAt: string | null;
            readonly lastSyncError: string | null;
            /** Format: date-time */
            readonly nextAttemptAt: string | null;
            readonly provider: string;
            readonly status: components["schemas"]["ConnectionStatus"];
        };
        readonly SchedulerRun: {
            readonly connections: readonly components["schemas"]["ScheduledConnection"][];
            /** @description Ids of connections that were due and are being synced now. */
            readonly started: readonly number[];
            /** @description Follow them at `/api/sync/{id}/events`. */
            readonly syncs: readonly number[];
        };
        /**
         * @description What a caller may do; each includes those before it.
         * @enum {string}
         */
        readonly Scope: "read" | "sync" | "admin";
        readonly Server: {
            /** @description Whether a command started it, so that it leaves by itself. */
            readonly auto: boolean;
            /** @description New with every start. */
            readonly instance: string;
            /** @description Address and port that it answers on over TCP. */
            readonly listen: string | null;
            /** Format: int32 */
            readonly pid: number;
            /** @description Whether it syncs by itself; without, it does what it is asked for. */
            readonly schedules: boolean;
            /** Format: date-time */
            readonly startedAt: string;
            /** @description Where browsers find it. */
            readonly url: string | null;
            readonly version: string;
        };
        /** @description Who asks, and what they may do. */
        readonly Session: {
            /** @description The token's label. */
            readonly label: string | null;
            readonly scope: components["schemas"]["Scope"];
            readonly via: components["schemas"]["Via"];
        };
        readonly Setting: {
            readonly help: string;
            readonly key: string;
            readonly kind: components["schemas"]["SettingKind"];
            readonly label: string;
            readonly required: boolean;
        };
        readonly SettingKind: "text" | "folder" | {
            readonly choice: readonly string[];
        } | "secret";
        readonly Settings: {
            /** @description In which everything is valued. */
            readonly baseCurrency: string;
            /** @description Those that there is a rate of, and the base currency. */
            readonly currencies: readonly string[];
        };
        readonly SettingsEdit: {
            /** @description In which everything is valued: one that there is a rate of. */
            readonly baseCurrency: string;
        };
        readonly SignedIn: {
            /** Format: date-time */
            readonly until: string;
        };
        readonly SignIn: {
            /** @description What stands behind the `#` of a log-in link. */
            readonly secret: string;
        };
        /** @description Which commits an answer saw. */
        readonly Snapshot: {
            /** Format: int64 */
            readonly ageMs: number;
            /**
             * Format: date-time
             * @description Everything that was committed before this moment is in it.
             */
            readonly at: string;
            /**
             * Format: int64
             * @description The last line of the log in it.
             */
            readonly cursor: number;
        };
        /** @description A copy that anybody may open, with nothing secret in it. */
        readonly SnapshotFile: {
            /** Format: int64 */
            readonly ageMs: number;
            /** Format: date-time */
            readonly at: string;
            /** Format: int64 */
            readonly bytes: number;
            /** Format: int64 */
            readonly cursor: number;
            /** @description On the server's machine. */
            readonly path: string;
        };
        readonly Sparkline: {
            /** @description Oldest first, in the currency of its bars. Amounts are texts, so that no digit is lost. */
            readonly closes: readonly string[];
            /** Format: date */
            readonly from: string;
            readonly instrument: string;
            /** Format: date */
            readonly to: string;
        };
        readonly Sparklines: {
            readonly series: readonly components["schemas"]["Sparkline"][];
        };
        readonly Stream: {
            /**
             * Format: date-time
             * @description The time that the source itself gives for its data.
             */
            readonly asOf: string | null;
            /** Format: int64 */
            readonly connectionId: number;
            readonly dueOptions: components["schemas"]["SyncOptions"];
            readonly dueTrigger: components["schemas"]["Trigger"];
            readonly error: string | null;
            /**
             * Format: int64
             * @description Since the last success.
             */
            readonly failures: number;
            /** Format: date-time */
            readonly lastAttempt: string | null;
            /** Format: date-time */
            readonly lastSuccess: string | null;
            readonly name: string;
            /** Format: date-time */
            readonly nextDue: string | null;
            readonly outcome: components["schemas"]["Outcome"] | null;
            /** @description Of the provider's own making. */
            readonly watermark: components["schemas"]["Value"];
        };
        readonly StreamFreshness: {
            /**
             * Format: date-time
             * @description The time that the source itself gives for its data.
             */
            readonly asOf: string | null;
            /** @description Why the last attempt failed. */
            readonly error: string | null;
            readonly freshness: components["schemas"]["Freshness"];
            /** Format: date-time */
            readonly lastSuccess: string | null;
            readonly name: string;
        };
        readonly SyncBody: {
            /**
             * @description None means all that are switched on.
             * @default []
             */
            readonly connections: readonly number[];
            /**
             * @default {
             *       "acceptRemovals": false,
             *       "items": [],
             *       "rehash": false,
             *       "strict": false
             *     }
             */
            readonly options: components["schemas"]["SyncOptions"];
            /**
             * @description None means all.
             * @default []
             */
            readonly streams: readonly string[];
        };
        /** @description One line of the answer to "sync now". The last one is `complete` or `error`, and nothing follows it. */
        readonly SyncLine: components["schemas"]["SyncLineKind"] & {
            /**
             * Format: int64
             * @description Give it as `after` to go on behind this line.
             */
            readonly cursor: number;
            /** Format: int64 */
            readonly run: number | null;
            /** Format: int64 */
            readonly sync: number;
        };
        readonly SyncLineKind: {
            /** Format: int64 */
            readonly total: number;
            /** @enum {string} */
            readonly type: "start";
        } | {
            /** Format: int64 */
            readonly batch: number;
            /** Format: int64 */
            readonly completed: number;
            /** Format: int64 */
            readonly connection: number;
            readonly items: readonly components["schemas"]["ItemLine"][];
            /** Format: int64 */
            readonly total: number;
            /** @enum {string} */
            readonly type: "progress";
        } | {
            /** @enum {string} */
            readonly type: "heartbeat";
        } | {
            /** Format: int64 */
            readonly changed: number;
            readonly errors: readonly components["schemas"]["ConnectionError"][];
            /** Format: int64 */
            readonly failed: number;
            /** Format: date-time */
            readonly timestamp: string;
            /** @enum {string} */
            readonly type: "complete";
            /** Format: int64 */
            readonly updated: number;
        } | {
            readonly message: string;
            /** @enum {string} */
            readonly type: "error";
        };
        /** @description What a sync does beyond reading what changed. */
        readonly SyncOptions: {
            /** @description Believe that what is no longer there was removed on purpose. */
            readonly acceptRemovals?: boolean;
            /** @description Only these items; empty means all. */
            readonly items?: readonly string[];
            /** @description Read and hash every file, whatever its size and time stamp say. */
            readonly rehash?: boolean;
            /** @description Refuse a file as a whole when one of its rows cannot be read. */
            readonly strict?: boolean;
        };
        readonly SyncStatus: {
            /** Format: int64 */
            readonly connections: number;
            readonly current: components["schemas"]["CurrentSync"] | null;
            /**
             * Format: date-time
             * @description Null before the first sync.
             */
            readonly lastSynced: string | null;
            /** @description Whether any connection is being read. */
            readonly running: boolean;
        };
        readonly TableInfo: {
            readonly columns: readonly components["schemas"]["ColumnInfo"][];
            readonly doc: string | null;
            /** @description `table` or `view`. */
            readonly kind: string;
            readonly name: string;
            /**
             * Format: int64
             * @description Of tables only.
             */
            readonly rows: number | null;
            readonly schema: string;
        };
        readonly Tables: {
            readonly tables: readonly components["schemas"]["TableInfo"][];
        };
        /** @description A bearer token, without what proves it. */
        readonly Token: {
            /** Format: date-time */
            readonly createdAt: string;
            /**
             * Format: int64
             * @description Never used twice.
             */
            readonly id: number;
            readonly label: string;
            readonly scope: components["schemas"]["Scope"];
        };
        readonly Tokens: {
            readonly tokens: readonly components["schemas"]["Token"][];
        };
        /** @description Over all that is asked for, whatever the page shows. */
        readonly Total: {
            /** @description What those lines were worth then. */
            readonly dayBefore: string | null;
            /** @description What the lines whose previous close is known have gained since. */
            readonly dayChange: string | null;
            /**
             * Format: int64
             * @description How many lines those are.
             */
            readonly dayChangeOf: number;
            /** @description The change in per cent of that. */
            readonly dayChangePct: string | null;
            /** @description Whether anything is old or lacks. */
            readonly partial: boolean;
            /** Format: int64 */
            readonly priced: number;
            /**
             * Format: int64
             * @description Those of them of which quantity, price or rate are old.
             */
            readonly stale: number;
            /** Format: int64 */
            readonly unpriced: number;
            /** @description Of what has a value, old ones included; null where nothing has one. */
            readonly value: string | null;
        };
        /** @enum {string} */
        readonly Trigger: "schedule" | "manual" | "api" | "mcp";
        readonly Unmapped: {
            readonly listings: readonly components["schemas"]["Listing"][];
        };
        readonly Value: unknown;
        /** @description `open`: `keyId` and `from` say which key is used. `locked`: `why` says what is wrong. */
        readonly Vault: {
            /** @description Where the key was found. */
            readonly from: string | null;
            readonly keyId: string | null;
            readonly state: components["schemas"]["VaultState"];
            readonly why: string | null;
        };
        /** @enum {string} */
        readonly VaultState: "open" | "locked";
        readonly Verdict: {
            readonly agreement: components["schemas"]["Agreement"];
            readonly text: string;
        };
        readonly Verification: {
            readonly blocks: readonly components["schemas"]["BlockReport"][];
        };
        /** @enum {string} */
        readonly Via: "socket" | "token" | "session";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly get: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page for browsers */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["BackupBody"];
            };
        };
        readonly responses: {
            /** @description Copies everything but the key into a new folder; over the socket only */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Backup"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getConnections: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All connections with their state */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Connections"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postConnections: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewConnection"];
            };
        };
        readonly responses: {
            /** @description Adds a connection */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getConnectionsId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One connection */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly deleteConnectionsId: {
        readonly parameters: {
            readonly query?: {
                /** @description Whether its rows go with it. */
                readonly rows?: "keep" | "delete";
            };
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Done */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly patchConnectionsId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["ConnectionEdit"];
            };
        };
        readonly responses: {
            /** @description Changes a connection */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postConnectionsIdSync: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["OneBody"];
            };
        };
        readonly responses: {
            /** @description Syncs one connection, at most once a minute */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["SyncLine"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postConnectionsIdTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Tries a connection out: reads one page and stores nothing */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Probe"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postConnectionsTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["ConnectionDraft"];
            };
        };
        readonly responses: {
            /** @description Tries out a connection that is not saved, and keeps nothing of it */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Probe"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Lines behind this cursor. */
                readonly after?: number;
                /** @description How many at most. */
                readonly max?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The log of all runs */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Events"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getFreshness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description How old everything is, and what is lacking */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FreshnessReport"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getFx: {
        readonly parameters: {
            readonly query: {
                readonly base: string;
                /** @description Today, where none is given. */
                readonly date?: string | null;
                readonly quote: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description An exchange rate, with its age and where it comes from */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Fx"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getInstruments: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What is priced, and by whom */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Instruments"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postInstruments: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["AddInstruments"];
            };
        };
        readonly responses: {
            /** @description Adds instruments to those that are priced, all or none */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AddedInstruments"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly deleteInstrumentsInstrument: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly instrument: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Done */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getInstrumentsUnmapped: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Symbols of providers that nobody has said the meaning of */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Unmapped"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getKey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Whether credentials can be opened, and with which key */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Vault"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly putListings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["Mapping"];
            };
        };
        readonly responses: {
            /** @description Says what a provider's symbol is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Listing"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postLoginLinks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Makes a log-in link that works once */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LoginLink"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getNotifications: {
        readonly parameters: {
            readonly query?: {
                /** @description Only those after this id. */
                readonly after?: number;
                /** @description How many at most, up to 1000. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What the user was told, and how far other ways of telling them have come */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Notifications"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postNotificationsTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Sends a made-up notification to everywhere that they go */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NotifiersTried"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getOpenapiJson: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description This document */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getPortfolio: {
        readonly parameters: {
            readonly query?: {
                /** @description Lines behind this one: the `nextAfter` of the page before. */
                readonly after?: string | null;
                /** @description Only of this connection. */
                readonly connection?: number | null;
                /** @description The currency in which to value everything; the base currency where none is given. */
                readonly currency?: string | null;
                /** @description How many at most, up to 1000. */
                readonly limit?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Everything that is held, and what it is worth */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Portfolio"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getPortfolioDays: {
        readonly parameters: {
            readonly query?: {
                /** @description The first day. */
                readonly from?: string | null;
                /** @description The last day. */
                readonly to?: string | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What everything was worth on each day, as it was known then */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PortfolioDays"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getPrices: {
        readonly parameters: {
            readonly query?: {
                /** @description Instruments behind this one: the `nextAfter` of the page before. */
                readonly after?: string | null;
                /** @description Only those with a number that is newer than this. */
                readonly changedSince?: string | null;
                /** @description How many at most, up to 1000. */
                readonly limit?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The last known prices, with their age */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Prices"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getPricesInstrumentHistory: {
        readonly parameters: {
            readonly query?: {
                /** @description Days before this one: the `nextBefore` of the page before. */
                readonly before?: string | null;
                /** @description The first day. */
                readonly from?: string | null;
                /** @description How many at most, up to 1000. */
                readonly limit?: number | null;
            };
            readonly header?: never;
            readonly path: {
                readonly instrument: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Daily prices of an instrument */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["History"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getPricesSparklines: {
        readonly parameters: {
            readonly query?: {
                /** @description How many days back, up to 366. */
                readonly days?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The last closes of everything that is priced */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Sparklines"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getProviders: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What can be pulled from, with its settings */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Providers"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postQuery: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["QueryBody"];
            };
        };
        readonly responses: {
            /** @description One SQL statement that only reads */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getQuotas: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What is left of each budget of requests */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Quotas"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getReconcile: {
        readonly parameters: {
            readonly query?: {
                /** @description Only of this one. */
                readonly connection?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What fills and flows come to, beside what is held */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Reconciliations"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postRekey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["RekeyBody"];
            };
        };
        readonly responses: {
            /** @description Seals all credentials with a new key */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Rekeyed"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getRuns: {
        readonly parameters: {
            readonly query?: {
                /** @description Those that began before this one. */
                readonly before?: number | null;
                /** @description Only of this one. */
                readonly connection?: number | null;
                /** @description How many at most. */
                readonly max?: number | null;
                /** @description How they ended. */
                readonly outcome?: components["schemas"]["Outcome"] | null;
                /** @description What started them. */
                readonly trigger?: components["schemas"]["Trigger"] | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The last runs, newest first */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Runs"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getRunsId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One run */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Run"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getRunsIdEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Lines behind this cursor. */
                readonly after?: number;
                /** @description How many at most. */
                readonly max?: number | null;
            };
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The log of one run */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Events"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getRunsDays: {
        readonly parameters: {
            readonly query?: {
                /** @description Days before this one. */
                readonly before?: string | null;
                /** @description Only of this one. */
                readonly connection?: number | null;
                /** @description How many rows at most, and those that the last day has left. */
                readonly max?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Runs that are too old for the log, summed up by day; the newest first */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunDays"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSchedulerBrokerSync: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What is due when */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Scheduled"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postSchedulerBrokerSync: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Syncs what is due */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SchedulerRun"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getServer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Who serves */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postServerHandOver: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Ends a server that a command started */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["HandOver"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Who asks, and what they may do */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["SignIn"];
            };
        };
        readonly responses: {
            /** @description Signs a browser in with the secret of a log-in link */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly deleteSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Done */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSettings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What was chosen for all of it */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly putSettings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["SettingsEdit"];
            };
        };
        readonly responses: {
            /** @description Changes it */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postSnapshot: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Brings the copy up to date that anybody may open */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SnapshotFile"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSnapshotFile: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description That copy: a DuckDB database with everything but secrets */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/vnd.duckdb": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postSync: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["SyncBody"];
            };
        };
        readonly responses: {
            /** @description Syncs now, and tells how it goes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["SyncLine"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSyncIdEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Lines behind this cursor; from the beginning without it. */
                readonly after?: number | null;
            };
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Follows a sync again, from a cursor on */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["SyncLine"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getSyncStatus: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description When anything was last synced */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SyncStatus"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getTables: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What can be queried, and what it means */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Tables"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getTokens: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All tokens, without their secrets */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Tokens"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postTokens: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["AddToken"];
            };
        };
        readonly responses: {
            /** @description Makes a token; its secret is shown this once */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NewToken"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly deleteTokensId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Done */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getVerify: {
        readonly parameters: {
            readonly query?: {
                /** @description Only of this one. */
                readonly connection?: number | null;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Stored data checked against itself */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Verification"];
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getHealthz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Whether the server lives */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getLogin: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Where a log-in link leads */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getLoginJs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What that page runs */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/javascript": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postMcp: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The tools for language models: one message of the Model Context Protocol */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getMetrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Counters for Prometheus */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getReadyz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Whether it can read its database and is not about to end */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": unknown;
                };
            };
            /** @description Refused, or failed */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
