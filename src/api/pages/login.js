// Takes the secret out of the address, where only this page sees it, and exchanges it for a cookie.
const state = document.getElementById("state");

async function signIn() {
  const secret = location.hash.slice(1);
  if (!secret) {
    state.textContent = "Run foliosync login, and open the link that it prints.";
    return;
  }
  history.replaceState(null, "", location.pathname);
  state.textContent = "Signing in…";
  try {
    const answer = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret }),
    });
    if (answer.ok) {
      state.textContent = "You are signed in.";
      document.getElementById("next").hidden = false;
      location.replace("/");
    } else {
      const { message } = await answer.json();
      state.textContent = `Not signed in: ${message}. Run foliosync login for a new link.`;
    }
  } catch {
    state.textContent = "The server does not answer. Reload the page once it runs, with a new link.";
  }
}

addEventListener("hashchange", signIn);
signIn();
