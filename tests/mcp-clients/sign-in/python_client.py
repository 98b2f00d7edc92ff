"""The Python package `mcp`, at a server that wants people to sign in: SIGN_IN_URL and API_KEY."""

import os
import subprocess
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import mcp
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

URL = os.environ["SIGN_IN_URL"]
BROWSER = Path(__file__).with_name("sign-in.mjs")


class Kept:
    """What an application keeps."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class SignIn(unittest.IsolatedAsyncioTestCase):
    async def test_mcp_is_sent_to_sign_in_and_forecasts(self) -> None:
        kept = Kept()
        answers = []

        async def open_browser(address: str) -> None:
            said = subprocess.run(["node", BROWSER, address], capture_output=True, text=True, check=True)
            answers.append(parse_qs(urlsplit(said.stdout.strip()).query))

        async def wait_for_answer() -> AuthorizationCodeResult:
            answer = answers[-1]
            return AuthorizationCodeResult(
                code=answer["code"][0], state=answer["state"][0], iss=answer["iss"][0]
            )

        provider = OAuthClientProvider(
            URL,
            OAuthClientMetadata(
                client_name="Tests",
                redirect_uris=["http://127.0.0.1:41998/callback"],
                token_endpoint_auth_method="none",
            ),
            kept,
            open_browser,
            wait_for_answer,
        )
        async with create_mcp_http_client(auth=provider) as http:
            async with mcp.Client(streamable_http_client(URL, http_client=http)) as client:
                told = await client.call_tool(
                    "simulate", {"forecast_length_days": 30, "requested_metrics": ["circ_supply"]}
                )
                self.assertFalse(told.is_error)
        self.assertEqual(len(answers), 1)
        self.assertTrue(kept.tokens.access_token.startswith("mfa_"))


if __name__ == "__main__":
    unittest.main()
