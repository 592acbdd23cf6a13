import type { Dictionary } from "../told";
import { providers } from "./providers";

/**
 * What the server says most often, in French: why something failed or is missing, and what to do. Commands stay as they
 * are typed. Templates are tried in this order, so what says more stands first.
 */
const sentences: Dictionary = {
  "the server does not answer": "le serveur ne répond pas",

  // Mirrors.
  "NocoDB refuses the token; make one there (Team & Settings, API Tokens) and give it: foliosync connect edit LABEL --credential token=@FILE":
    "NocoDB refuse le jeton ; créez-en un là-bas (Team & Settings, API Tokens) et donnez-le : foliosync connect edit LABEL --credential token=@FILE",
  "NocoDB's token may not do this; its owner must be an editor or creator of the base":
    "Le jeton de NocoDB ne permet pas cela ; son propriétaire doit être éditeur ou créateur de la base",
  "NocoDB answers with a redirect, which is not followed; give the address it leads to as `url`":
    "NocoDB répond par une redirection, qui n’est pas suivie ; donnez comme `url` l’adresse où elle mène",
  "NocoDB does not give {what}; check `url` and `base`": "NocoDB ne donne pas {what} ; vérifiez `url` et `base`",
  "NocoDB was asked too often": "NocoDB a été trop sollicité",
  "the token sees no base `{base}` in NocoDB; make it there, or give its id as `base`":
    "le jeton ne voit pas de base `{base}` dans NocoDB ; créez-la là-bas, ou donnez son identifiant comme `base`",
  "the token sees no base `{base}` in NocoDB; did you mean `{near}`? make it there, or give its id as `base`":
    "le jeton ne voit pas de base `{base}` dans NocoDB ; vouliez-vous dire `{near}` ? créez-la là-bas, ou donnez son identifiant comme `base`",
  "several bases in NocoDB are called `{base}`; give the id of one as `base`":
    "plusieurs bases de NocoDB s’appellent `{base}` ; donnez l’identifiant de l’une comme `base`",
  "NocoDB would not take {count} rows of {table}, such as {key}": "NocoDB n’a pas pris {count} lignes de {table}, comme {key}",
  "NocoDB does not say which columns it has": "NocoDB ne dit pas quelles colonnes elle a",
  "it has no primary key that is a number": "elle n’a pas de clé primaire numérique",
  "its column `{column}` is of type {type}, which cannot hold it; change its type there, or rename it":
    "sa colonne `{column}` est de type {type}, qui ne peut pas la contenir ; changez-en le type là-bas, ou renommez-la",
  "it has more than {count} rows, which is as many as are mirrored": "elle a plus de {count} lignes, le nombre qui est recopié au plus",
  "added in NocoDB, and priced from now on": "ajouté dans NocoDB, et suivi désormais",
  "it was not added: {why}": "il n’a pas été ajouté : {why}",
  "it is there": "elle est là",
  "it will be made": "elle sera créée",
  "it answers: 1 table read": "1 table vue",
  "it answers: {count} tables read": "{count} tables vues",
  "{count} rows that NocoDB would not take, such as {key}": "{count} lignes que NocoDB n’a pas prises, comme {key}",
  "{count} numbers have more digits than NocoDB keeps; set decimals=text for all of them":
    "{count} nombres ont plus de chiffres que NocoDB n’en garde ; mettez decimals=text pour les avoir tous",
  "{count} rows within one second of another with the same key": "{count} lignes à moins d’une seconde d’une autre de même clé",
  "{count} that were there are kept up to date": "{count} qui étaient là sont tenues à jour",
  "{count} left alone because an earlier row has their key": "{count} laissées telles quelles, une ligne antérieure ayant leur clé",
  "1 added": "1 ajoutée",
  "1 changed": "1 changée",
  "1 deleted": "1 supprimée",
  "{count} added": "{count} ajoutées",
  "{count} changed": "{count} changées",
  "{count} deleted": "{count} supprimées",

  // What services answered.
  "no rates could be read, the last ones stay: {why}": "aucun taux n’a pu être lu, les derniers restent : {why}",
  "the data service answered with a web page": "le service de données a répondu par une page web",
  "the data service answered with status {status}": "le service de données a répondu avec le statut {status}",
  "the file {file} answered with a web page": "le fichier {file} a répondu par une page web",
  "the file {file} answered with status {status}": "le fichier {file} a répondu avec le statut {status}",
  "{name} does not accept the key id or the secret key: enter both again":
    "{name} n’accepte pas l’identifiant de la clé ou la clé secrète : saisissez-les de nouveau",
  "{name} does not accept the API token: copy it again from the account page there":
    "{name} n’accepte pas le jeton d’API : recopiez-le depuis la page de votre compte",
  "{name} does not accept the API key: copy it again from the dashboard there":
    "{name} n’accepte pas la clé d’API : recopiez-la depuis son tableau de bord",
  "{name} does not let this key into the {environment} account: if it is of the other one, change the setting `environment`; if not, see the key and the account there":
    "{name} n’ouvre pas le compte {environment} à cette clé : si elle est de l’autre compte, changez le réglage `environment` ; sinon, voyez-y la clé et le compte",
  "{name} has suspended the account: see its dashboard there": "{name} a suspendu le compte : voyez son tableau de bord",
  "{name} was asked too often and wants nothing before {at}": "{name} a été trop sollicité et ne veut rien avant {at}",
  "{name} says that it was asked too often": "{name} dit avoir été trop sollicité",
  "{name} has shut out this machine until {at}, because it was asked too often":
    "{name} a exclu cette machine jusqu’à {at}, pour avoir été trop sollicité",
  "{name} is in trouble: it answered with {status}": "{name} est en difficulté : réponse {status}",
  "{name} is in trouble: its report service answered with {status}":
    "{name} est en difficulté : son service de rapports a répondu {status}",
  "{name} refused the request with status {status}": "{name} a refusé la requête (statut {status})",
  "{name} does not know what was asked for ({status})": "{name} ne connaît pas ce qui lui est demandé ({status})",
  "{name} answered with a web page instead of data (status {status})":
    "{name} a répondu par une page web au lieu de données (statut {status})",
  "{name} answered with a web page instead of data": "{name} a répondu par une page web au lieu de données",
  "{name} answered with a web page instead of a report": "{name} a répondu par une page web au lieu d’un rapport",
  "{name} answered with an error that is not known, under status 200": "{name} a répondu par une erreur inconnue, sous le statut 200",
  "{name} answered with status {status}": "{name} a répondu avec le statut {status}",
  "{name} was answered with {status}: too many requests": "{name} a répondu {status} : trop de requêtes",
  "{name} could not be reached: {cause}": "{name} est injoignable : {cause}",
  "{name} did not answer in time": "{name} n’a pas répondu à temps",
  "{name} broke off its answer: {cause}": "{name} a interrompu sa réponse : {cause}",
  "the plan at {name} does not include this endpoint": "la formule chez {name} ne comprend pas ce service",
  "the plan at {name} does not include this symbol": "la formule chez {name} ne comprend pas ce symbole",
  "the plan at {name} does not include this": "la formule chez {name} ne comprend pas cela",
  "the {what} that the plan at {name} includes are used up": "la formule chez {name} est épuisée ({what})",
  "the bandwidth of the plan at {name} is used up for now; only time or a larger plan helps":
    "le volume de la formule chez {name} est épuisé pour l’instant ; seul le temps ou une formule plus large y remédie",
  "the firewall of {name} refused the request (403): nothing is sent for five minutes":
    "le pare-feu de {name} a refusé la requête (403) : rien n’est envoyé pendant cinq minutes",
  "{name} does not accept the API key or its secret: enter them again (code {code})":
    "{name} n’accepte pas la clé d’API ou son secret : saisissez-les de nouveau (code {code})",
  "{name} does not accept the passphrase: enter it again (code {code})":
    "{name} n’accepte pas la phrase secrète : saisissez-la de nouveau (code {code})",
  "{name} does not know the API key: enter it again, or choose another `region` (code {code})":
    "{name} ne connaît pas la clé d’API : saisissez-la de nouveau, ou choisissez une autre `region` (code {code})",
  "{name} says that this is no API key: enter it again (code {code})":
    "{name} dit que ce n’est pas une clé d’API : saisissez-la de nouveau (code {code})",
  "{name} does not accept the signature: enter the secret again (code {code})":
    "{name} n’accepte pas la signature : saisissez de nouveau le secret (code {code})",
  "{name} does not accept the API key, this address or its permissions: check them at Binance (code {code})":
    "{name} n’accepte pas la clé d’API, cette adresse ou ses droits : vérifiez-les chez Binance (code {code})",
  "{name} refused the time of the request: set this machine's clock (code {code})":
    "{name} a refusé l’heure de la requête : réglez l’horloge de cette machine (code {code})",
  "OKX {why_code} (code {code})": "OKX {why_code} (code {code})",
  "is in trouble or busy": "est en difficulté ou occupé",
  "has switched this off for a while": "a coupé cela pour un moment",
  "no longer offers this": "n’offre plus cela",
  "has restricted the account: see its messages there": "a restreint le compte : voyez-y ses messages",
  "wants the API key to be bound to an address: set it there": "veut que la clé d’API soit liée à une adresse : réglez-le chez eux",
  "has frozen the API key: ask its support": "a gelé la clé d’API : adressez-vous à son assistance",
  "has this API key for its other environment: set `demo` to yes for demo trading, to no otherwise":
    "a cette clé d’API pour son autre environnement : mettez `demo` à oui pour le trading fictif, à non sinon",
  "does not let this address use the API key: add it to the key's list there":
    "ne laisse pas cette adresse utiliser la clé d’API : ajoutez-la à la liste de la clé",
  "has conditions on this API key: see them there": "met des conditions à cette clé d’API : voyez-les chez eux",
  "does not let this API key read that": "ne laisse pas cette clé d’API lire cela",
  "does not offer that in demo trading": "n’offre pas cela en trading fictif",
  "restricts that for the account": "restreint cela pour le compte",
  "does not serve the region of this machine": "ne dessert pas la région de cette machine",
  "does not know the instrument": "ne connaît pas l’instrument",
  "refused the request": "a refusé la requête",

  "Interactive Brokers (Flex) is making the report; it is looked for again at {at}":
    "Interactive Brokers (Flex) prépare le rapport ; il est de nouveau demandé à {at}",
  "no answer within {seconds} seconds; it will be tried again": "pas de réponse en {seconds} secondes ; un nouvel essai suivra",
  "no answer within {seconds} seconds": "pas de réponse en {seconds} secondes",
  "the API key may not read: switch \"Enable Reading\" on for it at Binance":
    "la clé d’API ne peut pas lire : activez-lui « Enable Reading » chez Binance",
  "the credential `{key}` is missing; give it: {command}": "l’identifiant `{key}` manque ; donnez-le : {command}",
  "the setting `{key}` is missing; set it with `foliosync connect edit`":
    "le réglage `{key}` manque ; définissez-le avec `foliosync connect edit`",
  "the setting `{key}` must be a whole number from {least} to {most}, not `{text}`":
    "le réglage `{key}` doit être un nombre entier de {least} à {most}, et non `{text}`",
  "the folder {path} does not exist; if it is on a disk that is not mounted, mount it. Stored rows are kept":
    "le dossier {path} n’existe pas ; s’il est sur un disque qui n’est pas monté, montez-le. Les lignes enregistrées restent",
  "the folder {path} does not exist": "le dossier {path} n’existe pas",
  "the budget {budget} of {most} is spent until {at}": "le budget {budget} de {most} est épuisé jusqu’à {at}",
  "the budget {budget} is closed until {at}: {why}": "le budget {budget} est fermé jusqu’à {at} : {why}",
  "the budget {budget} is closed until {at}": "le budget {budget} est fermé jusqu’à {at}",
  "the connection was changed": "la connexion a été modifiée",
  "the connection was removed": "la connexion a été supprimée",
  "the program ended before the run did": "le programme s’est arrêté avant la fin de l’exécution",
  "its lease ran out before it ended": "son bail a expiré avant sa fin",

  // Trying a connection out.
  "it answers: 1 currency read": "1 devise lue",
  "it answers: {count} currencies read": "{count} devises lues",
  "it answers: 1 symbol read": "1 symbole lu",
  "it answers: {count} symbols read": "{count} symboles lus",
  "it answers: 1 part read": "1 partie lue",
  "it answers: {count} parts read": "{count} parties lues",
  "it answers: 1 item read": "1 élément lu",
  "it answers: {count} items read": "{count} éléments lus",
  "it answers: 1 block read": "1 bloc lu",
  "it answers: {count} blocks read": "{count} blocs lus",
  "it answers: 1 file read": "1 fichier lu",
  "it answers: {count} files read": "{count} fichiers lus",
  "it answers, but {count} of {all} could not be read, such as {item}: {why}":
    "elle répond, mais {count} éléments n’ont pas pu être lus, dont {item} : {why}",
  "it has nothing to read": "rien à lire pour l’instant",
  "{why}; it may be asked again at {at}": "{why} ; nouvelle demande possible à {at}",

  // Why something has no price, or an old one.
  "it is not in the answer: unknown there, or no longer traded":
    "absent de la réponse : inconnu là-bas, ou plus négocié",
  "the answer has no price for it": "la réponse ne donne pas de cours",
  "the answer has no rate for it": "la réponse ne donne pas de taux",
  "Financial Modeling Prep knows no quote of it": "Financial Modeling Prep n’en connaît aucune cotation",
  "OKX has no index of it in dollars": "OKX n’en a pas d’indice en dollars",
  "OKX has no index prices in dollars here": "OKX n’a pas ici de cours d’indice en dollars",
  "OKX has no price of it now": "OKX n’en a pas de cours en ce moment",
  "Binance trades no pair of it with {coins}": "Binance n’en négocie aucune paire avec {coins}",
  "Binance lists the pair and does not trade it": "Binance liste la paire et ne la négocie pas",
  "Binance left the pair out of its answer": "Binance n’a pas mis la paire dans sa réponse",
  "Binance does not trade the pair any more": "Binance ne négocie plus la paire",
  "Binance does not trade the pair": "Binance ne négocie pas la paire",
  "its price cannot be used: {reason}": "son cours est inutilisable : {reason}",
  "its profile names no currency: map the symbol with the unit of its price":
    "sa fiche ne nomme aucune devise : associez le symbole à l’unité de son cours",
  "the currency of its price is not known yet: map the symbol with its unit, or wait for its profile":
    "la devise de son cours n’est pas encore connue : associez le symbole à son unité, ou attendez sa fiche",
  "no prices from {first} to {last}": "aucun cours du {first} au {last}",
  "nobody asks for its price any more; this is the last one": "plus personne ne demande son cours ; c’est le dernier",
  "the plan of `{label}` does not include it, and no other connection of yours prices it":
    "la formule de `{label}` ne le comprend pas, et aucune autre de vos connexions ne le cote",
  "no connection of yours prices it: add one that does, or say under which name one knows it: {command}":
    "aucune de vos connexions ne le cote : ajoutez-en une qui le fait, ou dites sous quel nom l’une d’elles le connaît : {command}",
  "nobody has said yet what it is; say it: {command}": "personne n’a encore dit ce que c’est ; dites-le : {command}",
  "`{label}` has given nothing newer": "`{label}` n’a rien donné de plus récent",
  "{label} has given nothing newer": "{label} n’a rien donné de plus récent",
  "{label} has not read it yet": "{label} ne l’a pas encore lu",
  "`{label}` is switched off": "`{label}` est désactivée",
  "its source gives no value for it": "sa source n’en donne pas la valeur",
  "how much one contract is of what is priced is not known": "la taille d’un contrat n’est pas connue",
  "there is no rate from {from} to {to}": "il n’y a pas de taux de {from} vers {to}",
  "the last rate from {from} to {to} is of {date}": "le dernier taux de {from} vers {to} est du {date}",
  "it came back empty; its last values are kept until the next answer is empty, too":
    "la réponse est vide ; les dernières valeurs restent tant que la suivante ne l’est pas aussi",

  // What is refused.
  "requests for 1 symbol every {span} are more than {name} allows `{label}`":
    "les requêtes pour 1 symbole toutes les {span} dépassent ce que {name} permet à `{label}`",
  "requests for {count} symbols every minute are more than {name} allows `{label}`":
    "les requêtes pour {count} symboles chaque minute dépassent ce que {name} permet à `{label}`",
  "requests for {count} symbols every {minutes} minutes are more than {name} allows `{label}`":
    "les requêtes pour {count} symboles toutes les {minutes} minutes dépassent ce que {name} permet à `{label}`",
  "requests for {count} symbols every {hours} hours are more than {name} allows `{label}`":
    "les requêtes pour {count} symboles toutes les {hours} heures dépassent ce que {name} permet à `{label}`",
  "requests for {count} symbols are more than the limits of {name} leave `{label}`":
    "les requêtes pour {count} symboles dépassent ce que les limites de {name} laissent à `{label}`",
  "other connections use up what {name} allows, and leave no room for `{label}`":
    "d’autres connexions épuisent ce que {name} permet, et ne laissent rien à `{label}`",
  "the shortest interval that fits is {minutes} minutes: {command}": "le plus court intervalle possible est de {minutes} minutes : {command}",
  "choose fewer symbols, another plan, or a second source of prices":
    "choisissez moins de symboles, une autre formule, ou une seconde source de cours",
  "let some of them run less often: {command}": "espacez certaines d’entre elles : {command}",
  "`{label}` was synced less than {seconds} seconds ago": "`{label}` a été synchronisée il y a moins de {seconds} secondes",
  "ask again in {seconds} seconds, or use POST /api/sync": "réessayez dans {seconds} secondes, ou utilisez POST /api/sync",
  "try again in {seconds} seconds": "réessayez dans {seconds} secondes",
  "there is no connection to sync": "il n’y a pas de connexion à synchroniser",
  "there is no connection {id}": "il n’y a pas de connexion {id}",
  "there is no instrument `{text}`": "il n’y a pas d’instrument `{text}`",
  "there is no instrument to add": "il n’y a pas d’instrument à ajouter",
  "for example: AAPL, VOD.L, crypto:BTC, EUR/USD": "par exemple : AAPL, VOD.L, crypto:BTC, EUR/USD",
  "`{text}` is no symbol: write it like {examples} or EUR/USD": "`{text}` n’est pas un symbole : écrivez-le comme {examples} ou EUR/USD",
  "`{key}` must be an absolute path, not `{value}`": "`{key}` doit être un chemin absolu, et non `{value}`",
  "the database does not answer in time": "la base de données ne répond pas à temps",

  // Files of trade logs: `Date Opened "2026-02-30" is a date that does not exist`.
  "has {count} values where the header has {columns} columns": "a {count} valeurs là où l’en-tête a {columns} colonnes",
  "{column} is a date that does not exist": "{column} est une date qui n’existe pas",
  "{column} is not a date (YYYY-MM-DD or M/D/YYYY)": "{column} n’est pas une date (AAAA-MM-JJ ou M/J/AAAA)",
  "{column} is not a time (HH:MM or HH:MM:SS)": "{column} n’est pas une heure (HH:MM ou HH:MM:SS)",
  "{column} is not a number": "{column} n’est pas un nombre",
  "{column} has more than 18 decimals": "{column} a plus de 18 décimales",
  "{column} has commas in places that are not thousands": "{column} a des virgules ailleurs qu’aux milliers",
  "its folder is gone, and {why}": "son dossier a disparu, et {why}",
  "the folder holds no block at all now": "le dossier ne contient plus aucun bloc",

  // What the checks of trade logs find.
  trades: "trades",
  days: "jours",
  rows: "lignes",
  "closing times": "clôtures",
  "days with trades or P/L": "jours avec trades ou P/L",
  "The block has no reporting log.": "Le bloc n’a pas de journal d’exécution.",
  "The block has no daily log.": "Le bloc n’a pas de journal quotidien.",
  "The block has no trade log.": "Le bloc n’a pas de journal de trades.",
  "The block has no rows.": "Le bloc n’a aucune ligne.",
  "The block does not have both a trade log and a daily log.": "Le bloc n’a pas à la fois un journal de trades et un journal quotidien.",
  "Nothing to compare.": "Rien à comparer.",
  "No trade has all of closing date, premium, closing cost and contracts.":
    "Aucun trade n’a à la fois date de clôture, prime, coût de clôture et contrats.",
  "No trade has all of closing date, contracts, and premium and cost (or prices).":
    "Aucun trade n’a à la fois date de clôture, contrats, et prime et coût (ou prix).",
  "(premium - closing cost) x contracts - fees gives the P/L of every trade: P/L is after fees.":
    "(prime - coût de clôture) x contrats - frais donne le P/L de chaque trade : le P/L est net de frais.",
  "{failures}: P/L looks gross of fees. (premium - closing cost) x contracts gives it without taking the fees off; stored P/L is meant to be after fees.":
    "{failures} : le P/L semble brut de frais. (prime - coût de clôture) x contrats le donne sans déduire les frais ; le P/L enregistré doit être net de frais.",
  "{failures}: P/L is not (premium - closing cost) x contracts - fees. The rows may have been edited by hand.":
    "{failures} : le P/L n’est pas (prime - coût de clôture) x contrats - frais. Les lignes ont peut-être été modifiées à la main.",
  "Premium, closing cost and contracts give the P/L of every trade.": "Prime, coût de clôture et contrats donnent le P/L de chaque trade.",
  "Premium and closing cost are in the same unit, dollars per share.":
    "Prime et coût de clôture sont dans la même unité, en dollars par action.",
  "No trade has a closing cost whose unit could be told.": "Aucun trade n’a de coût de clôture dont l’unité se laisse deviner.",
  "Not every trade of the log has its funds at close.": "Tous les trades du journal n’ont pas leurs fonds à la clôture.",
  "All trades close at one time or none is closed, so there is nothing to follow.":
    "Tous les trades se closent en même temps ou aucun n’est clos : il n’y a rien à suivre.",
  "Funds at close follow from each closing time to the next by the P/L of the trades.":
    "Les fonds à la clôture s’enchaînent d’une clôture à la suivante par le P/L des trades.",
  "{failures}: funds at close are not the funds before plus P/L. A row may be missing, or the log was put together from several runs.":
    "{failures} : les fonds à la clôture ne sont pas les fonds d’avant plus le P/L. Il manque peut-être une ligne, ou le journal réunit plusieurs simulations.",
  "The daily log has a single day or no P/L.": "Le journal quotidien n’a qu’un jour, ou pas de P/L.",
  "Net liquidity changes by the P/L of the day, every day.": "La liquidité nette varie chaque jour du P/L du jour.",
  "The daily log has no drawdown, or its account never held anything.":
    "Le journal quotidien n’a pas de drawdown, ou son compte n’a jamais rien détenu.",
  "Drawdown is the fall from the highest net liquidity so far, every day.":
    "Le drawdown est chaque jour la baisse depuis la plus haute liquidité nette.",
  "No row repeats the date, time, strategy and legs of another.":
    "Aucune ligne ne répète la date, l’heure, la stratégie et les jambes d’une autre.",
  "{twins} of {checked} rows repeat the date, time, strategy and legs of an earlier row of their file. All are stored and counted; this is for your information.":
    "{twins} lignes sur {checked} répètent la date, l’heure, la stratégie et les jambes d’une ligne antérieure de leur fichier. Toutes sont enregistrées et comptées ; c’est une simple information.",
  "No day can be compared: the logs share no days, or lack closing dates or P/L.":
    "Aucun jour n’est comparable : les journaux n’ont pas de jour commun, ou pas de date de clôture ou de P/L.",
  "The trades that closed on a day add up to the P/L of the daily log.":
    "Les trades clos un jour totalisent le P/L du journal quotidien.",
  "{failures}: the trades that closed do not add up to the P/L of the daily log. The files look like different runs.":
    "{failures} : les trades clos ne totalisent pas le P/L du journal quotidien. Les fichiers semblent issus de simulations différentes.",
  "Days on which trades were held overnight are taken together until all are closed.":
    "Les jours où des trades sont gardés la nuit sont regroupés jusqu’à leur clôture.",
  "Both logs cover the same time: trade log {first} to {last}, daily log {from} to {to}.":
    "Les deux journaux couvrent la même période : trades du {first} au {last}, quotidien du {from} au {to}.",
  "{count} days with trades lie outside the daily log: trade log {first} to {last}, daily log {from} to {to}.":
    "{count} jours avec des trades sont hors du journal quotidien : trades du {first} au {last}, quotidien du {from} au {to}.",
  "{count} days with P/L lie outside the trade log: trade log {first} to {last}, daily log {from} to {to}.":
    "{count} jours avec du P/L sont hors du journal de trades : trades du {first} au {last}, quotidien du {from} au {to}.",
  "{count} left out: {reason}.": "{count} laissés de côté : {reason}.",

  // One thing of another; last, since they fit much.
  "`{label}`, {item}: {why}": "`{label}`, {item} : {why}",
  "`{label}` cannot be read: {why}": "`{label}` est illisible : {why}",
  "`{label}` is read again": "`{label}` se lit de nouveau",
  "`{label}`: {why}": "`{label}` : {why}",
  "{label}: {why}": "{label} : {why}",
};

export const server: Dictionary = { ...providers, ...sentences };
