import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { NoticesProvider } from "./app/notices";
import { findPage, PAGES } from "./app/pages";
import { TooltipProvider } from "./components/ui/Tooltip";
import { FoliosyncProvider } from "./hooks";
import { I18nProvider } from "./i18n/I18n";
import { chosenLanguage, loadWords } from "./i18n/language";
import { followSystemTheme } from "./lib/theme";
import "./index.css";

followSystemTheme();

const language = chosenLanguage();
// The page's own code is fetched beside the words, not after them.
const page = findPage(location.pathname)?.page.load();
const words = await loadWords(language);
await page?.catch(() => undefined);
const root = document.getElementById("root");
if (!root) throw new Error("the page has no place for the dashboard");
document.documentElement.lang = language;

createRoot(root).render(
  <StrictMode>
    <I18nProvider first={words}>
      <FoliosyncProvider>
        <TooltipProvider delayDuration={300}>
          <NoticesProvider>
            <App />
          </NoticesProvider>
        </TooltipProvider>
      </FoliosyncProvider>
    </I18nProvider>
  </StrictMode>,
);

// The other pages are fetched so that they are there when the server is not; later than this one's data, whose way they
// would be in.
setTimeout(() => PAGES.forEach(({ load }) => void load().catch(() => undefined)), 2_000);
