import type { Dictionary } from "../told";

/** What providers say of themselves: their names, settings and streams. A test asks a server whether all of it is here. */
export const providers: Dictionary = {
  Alpaca: "Alpaca",
  Binance: "Binance",
  NocoDB: "NocoDB",
  OKX: "OKX",
  Tiingo: "Tiingo",
  "Financial Modeling Prep": "Financial Modeling Prep",
  "Interactive Brokers (Flex)": "Interactive Brokers (Flex)",
  "European Central Bank": "Banque centrale européenne",
  "Market-data files": "Fichiers de données de marché",
  "Trade-log folders": "Dossiers de journaux de trades",

  "Cash, positions, fills and cash flows of a brokerage account at Alpaca, live or paper":
    "Liquidités, positions, exécutions et mouvements d’un compte chez Alpaca, réel ou fictif",
  "Public prices of coins, in USDT where it trades them so; with an API key, wallets and trades":
    "Cours publics des cryptomonnaies, en USDT là où elles s’y négocient ; avec une clé d’API, portefeuilles et trades",
  "Euro reference rates of some 30 currencies, without a key; new ones come out about 16:00 in Frankfurt on business days":
    "Taux de référence de l’euro pour une trentaine de devises, sans clé ; les nouveaux paraissent vers 16\u00a0h à Francfort, les jours ouvrés",
  "Prices of shares, funds, coins and currencies of many exchanges; the free plan covers some well-known symbols":
    "Cours d’actions, de fonds, de cryptomonnaies et de devises de nombreuses places ; la formule gratuite couvre quelques symboles connus",
  "Trades, positions, cash and cash flows out of an Activity Flex Query; it is made anew once a day":
    "Trades, positions, liquidités et mouvements tirés d’une Activity Flex Query, refaite une fois par jour",
  "Prices and indicators from chart exports: spx_daily.csv, spx_15min.csv, vix_intraday.csv, and bars of any other symbol":
    "Cours et indicateurs exportés de graphiques : spx_daily.csv, spx_15min.csv, vix_intraday.csv, et les barres de tout autre symbole",
  "Public index prices of coins in US dollars, stablecoins included; with an API key, accounts and trades":
    "Cours d’indice publics des cryptomonnaies en dollars, stablecoins compris ; avec une clé d’API, comptes et trades",
  "Prices of shares and funds that are listed in the United States, and of currencies; the free plan covers 500 symbols a month":
    "Cours d’actions et de fonds cotés aux États-Unis, et de devises ; la formule gratuite couvre 500 symboles par mois",
  "Blocks of back-tested and executed trades: a folder each, with the CSV exports of Option Omega or Trade Automation Toolbox":
    "Blocs de trades simulés et exécutés : un dossier chacun, avec les exports CSV d’Option Omega ou de Trade Automation Toolbox",

  "Keeps tables of a NocoDB base equal to yours, and prices the symbols that you add there":
    "Tient des tables d’une base NocoDB égales aux vôtres, et suit le cours des symboles que vous y ajoutez",

  // Settings.
  Address: "Adresse",
  "Where NocoDB answers, such as https://noco.example.org; an address of this machine or its network must be listed under private_networks":
    "Où répond NocoDB, comme https://noco.example.org ; une adresse de cette machine ou de son réseau doit figurer dans private_networks",
  Base: "Base",
  "Its title, or its id, which begins with p": "Son titre, ou son identifiant, qui commence par p",
  Tables: "Tables",
  "Names with commas between them; symbols, price_history, settings if empty. Any other by its name in SQL, such as accounts.balances":
    "Des noms séparés par des virgules ; symbols, price_history, settings si c’est vide. Toute autre par son nom en SQL, comme accounts.balances",
  rows: "lignes",
  "Rows that were committed since": "Les lignes enregistrées depuis la dernière fois",
  Decimals: "Décimales",
  number: "nombre",
  text: "texte",
  "number, which NocoDB can sum and keeps to 15 digits; or text, exact to the last digit":
    "nombre, que NocoDB peut additionner et garde à 15 chiffres ; ou texte, exact au dernier chiffre",
  "Made in NocoDB under Team & Settings, API Tokens, by somebody who may edit the base":
    "Créé dans NocoDB sous Team & Settings, API Tokens, par quelqu’un qui peut modifier la base",
  Environment: "Environnement",
  "Whether the key is of the paper account or of the live one: each has keys of its own":
    "Si la clé est celle du compte fictif ou du compte réel : chacun a les siennes",
  "Key id": "Identifiant de la clé",
  "The id of an API key, from the account's overview at Alpaca": "L’identifiant d’une clé d’API, depuis la vue du compte chez Alpaca",
  "Secret key": "Clé secrète",
  "The secret that was shown when the key was made": "Le secret affiché quand la clé a été créée",
  "Requests per minute": "Requêtes par minute",
  "How many requests the account's plan allows: 200 where none is given":
    "Combien de requêtes la formule du compte permet : 200 si rien n’est indiqué",
  "API key": "Clé d’API",
  "Of a key that may only read; without one, only public prices are read":
    "Celle d’une clé qui ne peut que lire ; sans clé, seuls les cours publics sont lus",
  "API secret": "Secret d’API",
  "The secret of that key, or the private key in PEM where it is an Ed25519 key":
    "Le secret de cette clé, ou la clé privée en PEM si c’est une clé Ed25519",
  "The secret of that key": "Le secret de cette clé",
  "More pairs": "Autres paires",
  "Pairs whose trades are read besides those of what is held, such as BTCUSDT,ETHBTC":
    "Paires dont les trades sont lus en plus de celles de vos avoirs, comme BTCUSDT,ETHBTC",
  "Folder of exports": "Dossier d’exports",
  "A folder with CSV files of Binance's Trade History, as an absolute path: their trades are read, too":
    "Un dossier avec des fichiers CSV du Trade History de Binance, en chemin absolu : leurs trades sont lus aussi",
  "Allow a trading key": "Accepter une clé de trading",
  "yes: use an API key even if it may trade or withdraw; otherwise such a key is refused":
    "oui : accepter une clé d’API même si elle peut négocier ou retirer ; sinon elle est refusée",
  Quotes: "Cotations",
  "Whether current prices are read": "Si les cours actuels sont lus",
  "Daily history": "Historique quotidien",
  "Whether daily prices are read": "Si les cours quotidiens sont lus",
  "Years of history": "Années d’historique",
  "How far back daily prices are read for a new coin: 1 to 10, 5 where none is given":
    "Jusqu’où remontent les cours quotidiens d’une nouvelle cryptomonnaie : 1 à 10, 5 si rien n’est indiqué",
  "How far back daily prices are read for a new symbol: 1 to 30, 5 where none is given and at most on free":
    "Jusqu’où remontent les cours quotidiens d’un nouveau symbole : 1 à 30 ; 5 si rien n’est indiqué, et au plus avec la formule gratuite",
  "How far back daily prices are read for a new symbol: 1 to 30, 5 where none is given":
    "Jusqu’où remontent les cours quotidiens d’un nouveau symbole : 1 à 30, 5 si rien n’est indiqué",
  Priority: "Priorité",
  "Which connection reads a symbol that several could: the lowest number, 100 where none is given":
    "Quelle connexion lit un symbole que plusieurs pourraient lire : le plus petit nombre, 100 si rien n’est indiqué",
  Currencies: "Devises",
  "Codes such as USD, GBP, CHF, separated by commas; empty means all":
    "Des codes comme USD, GBP, CHF, séparés par des virgules ; vide : toutes",
  "Days of history": "Jours d’historique",
  "How many days back the first run reads; 90 if empty": "Sur combien de jours porte la première lecture ; 90 si vide",
  "From the dashboard at financialmodelingprep.com": "Depuis le tableau de bord de financialmodelingprep.com",
  Plan: "Formule",
  "It decides how many requests are allowed: 250 a day on free, 300, 750 or 3000 a minute on the others":
    "Elle fixe le nombre de requêtes permises : 250 par jour pour free, 300, 750 ou 3000 par minute pour les autres",
  "It decides how many requests are allowed: 50 an hour and 1000 a day on free":
    "Elle fixe le nombre de requêtes permises : 50 par heure et 1000 par jour pour free",
  "Generation of the API": "Génération de l’API",
  "legacy is v3, which only accounts with a subscription from before 31 August 2025 may use":
    "legacy est la v3, réservée aux comptes abonnés d’avant le 31 août 2025",
  "Symbols in one request": "Symboles par requête",
  "1 to 100; 30 where none is given": "1 à 100 ; 30 si rien n’est indiqué",
  "1 to 100; 100 where none is given": "1 à 100 ; 100 si rien n’est indiqué",
  "Currency pairs": "Paires de devises",
  "Read hourly, such as USDGBP,EURUSD; the free plan has none":
    "Lues toutes les heures, comme USDGBP,EURUSD ; la formule gratuite n’en a pas",
  "Read hourly, such as GBPUSD,EURUSD; most pairs are known one way only":
    "Lues toutes les heures, comme GBPUSD,EURUSD ; la plupart des paires n’existent que dans un sens",
  Token: "Jeton",
  "From Client Portal, Performance & Reports, Flex Queries, Flex Web Service: choose a year for its life":
    "Dans Client Portal, Performance & Reports, Flex Queries, Flex Web Service : choisissez une validité d’un an",
  "Query id": "Numéro de la requête",
  "The number of an Activity Flex Query with the sections Trades (executions), Open Positions (summary), Cash Transactions (detail) and Cash Report, with all their fields":
    "Le numéro d’une Activity Flex Query avec les sections Trades (executions), Open Positions (summary), Cash Transactions (detail) et Cash Report, avec tous leurs champs",
  "Time zone": "Fuseau horaire",
  "The zone of the report's times, such as Europe/London; America/New_York where none is given":
    "Le fuseau des heures du rapport, comme Europe/London ; America/New_York si rien n’est indiqué",
  Folder: "Dossier",
  "The folder that holds the CSV files, or one with a subfolder _marketdata that does, as an absolute path":
    "Le dossier qui contient les fichiers CSV, ou dont le sous-dossier _marketdata les contient, en chemin absolu",
  "The folder that holds a subfolder for each block, as an absolute path":
    "Le dossier qui contient un sous-dossier par bloc, en chemin absolu",
  Passphrase: "Phrase secrète",
  "The passphrase that you chose when you made the key": "La phrase secrète que vous avez choisie en créant la clé",
  Region: "Région",
  "Where accounts are registered: eea for my.okx.com, us for app.okx.com; global where none is given":
    "Où le compte est enregistré : eea pour my.okx.com, us pour app.okx.com ; global si rien n’est indiqué",
  "Demo trading": "Trading fictif",
  "yes: the API key was made in demo trading": "oui : la clé d’API a été créée dans le trading fictif",
  "API token": "Jeton d’API",
  "From the account page at tiingo.com; its terms allow personal use only on free and power":
    "Depuis la page du compte sur tiingo.com ; ses conditions ne permettent que l’usage personnel avec free et power",

  // Choices. Plans and regions keep the names that the services give them.
  yes: "oui",
  no: "non",
  on: "activé",
  off: "désactivé",
  live: "réel",
  paper: "fictif",
  free: "free",
  starter: "starter",
  premium: "premium",
  ultimate: "ultimate",
  power: "power",
  commercial: "commercial",
  stable: "stable",
  legacy: "legacy",
  global: "global",
  eea: "eea",
  us: "us",

  // Streams.
  balances: "soldes",
  positions: "positions",
  fills: "exécutions",
  cash_flows: "mouvements",
  quotes: "cotations",
  history: "historique",
  listings: "fiches",
  fx: "devises",
  report: "rapport",
  files: "fichiers",
  blocks: "blocs",
  "Cash of the account": "Liquidités du compte",
  "What the account holds, as the broker values it": "Ce que le compte détient, au prix du courtier",
  "Executions of orders; the last day is read again": "Exécutions d’ordres ; le dernier jour est relu",
  "Deposits, dividends, fees, transfers and the like; the last day is read again":
    "Dépôts, dividendes, frais, transferts et autres ; le dernier jour est relu",
  "What the spot and the funding wallet hold": "Ce que contiennent les portefeuilles spot et funding",
  "Trades, of exported files too; asked for where something changed, and every 15 minutes":
    "Trades, y compris des fichiers exportés ; demandés là où quelque chose a changé, et toutes les 15 minutes",
  "Trades of three months; asked for where something changed, and every 15 minutes":
    "Trades de trois mois ; demandés là où quelque chose a changé, et toutes les 15 minutes",
  "Current prices, and the range of the last 24 hours": "Cours actuels, et amplitude des dernières 24 heures",
  "Current index prices, and the range of the last 24 hours": "Cours d’indice actuels, et amplitude des dernières 24 heures",
  "Prices of every day of UTC that is over": "Cours de chaque journée UTC terminée",
  "Index prices of every day of UTC that is over": "Cours d’indice de chaque journée UTC terminée",
  "Reference rates by date; the last days are read again for corrections":
    "Taux de référence par date ; les derniers jours sont relus pour leurs corrections",
  "The currency in which a symbol is quoted, where its spelling does not tell":
    "La devise de cotation d’un symbole, quand son nom ne la dit pas",
  "Current prices": "Cours actuels",
  "Prices of every day that is over, adjusted for splits": "Cours de chaque journée terminée, ajustés des divisions",
  "Prices of every day that is over, as traded, with splits and dividends":
    "Cours de chaque journée terminée, tels que négociés, avec divisions et dividendes",
  "Rates of currencies": "Taux de change",
  "One report with everything: ordered, then fetched when it is made":
    "Un seul rapport avec tout : commandé, puis récupéré quand il est prêt",
  "The rows of every file; earlier rows stay when an export moves on":
    "Les lignes de chaque fichier ; les anciennes restent quand un export avance",
  "What the trading and the funding account hold": "Ce que contiennent les comptes trading et funding",
  "Trades, daily values and executed trades of every block": "Trades, valeurs quotidiennes et trades exécutés de chaque bloc",
};
