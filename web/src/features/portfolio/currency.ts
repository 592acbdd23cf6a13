import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

const CHOSEN = "foliosync.currency";
/** Offered where the server does not say which it has rates of. */
const COMMON = ["USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK"];

export interface ServerSettings {
  baseCurrency: string;
  currencies: readonly string[];
}

/** Null where the server cannot tell, because it is of an earlier version. */
export function useServerSettings() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.still("settings"),
    queryFn: async ({ signal }) => {
      try {
        return await client.get<ServerSettings>("/api/settings", signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** In which currency this browser looks at the portfolio; empty: the base currency. */
export function useShownCurrency(): [string, (currency: string) => void] {
  const [chosen, setChosen] = useState(() => localStorage.getItem(CHOSEN) ?? "");
  const choose = (currency: string) => {
    localStorage.setItem(CHOSEN, currency);
    setChosen(currency);
  };
  return [chosen, choose];
}

export function useCurrencies(shown: string | undefined): readonly string[] {
  const { data } = useServerSettings();
  const known = data?.currencies ?? COMMON;
  return shown && !known.includes(shown) ? [shown, ...known] : known;
}
