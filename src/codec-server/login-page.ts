/** Where an operator leaves a token for the browser to send along: the Web UI without OIDC has none. */
export const loginPage = (said = '') => `<!doctype html>
<html lang="en">
<title>Read orders in the Web UI</title>
<h1>Read orders in the Web UI</h1>
<p>The Web UI shows what is encrypted once this browser has a token with the role admin. It is kept for
this browser until it expires or you log out, and no page can read it.</p>
<form method="post" action="/login">
<label>Token <input name="token" type="password" autocomplete="off" required></label>
<button>Log in</button>
</form>
<form method="post" action="/logout"><button>Log out</button></form>
<p role="status">${said}</p>
</html>
`;
