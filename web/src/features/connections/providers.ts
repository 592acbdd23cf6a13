import { useQuery } from "@tanstack/react-query";
import type { Provider } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

/** What can be pulled from. It changes only with the program. */
export function useProviders() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.still("providers"),
    queryFn: async ({ signal }) => (await client.get<{ providers: Provider[] }>("/api/providers", signal)).providers,
    staleTime: Infinity,
    refetchInterval: false,
  });
}

export function useProvider(id: string | undefined): Provider | undefined {
  return useProviders().data?.find((provider) => provider.id === id);
}
