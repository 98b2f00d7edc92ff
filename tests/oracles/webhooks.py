"""Has the scheme's own library judge signed webhooks: webhooks.py < LINES, as the example `signed` of the crate jobs prints them.

A body that was changed must be refused.
"""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def accepts(message, body):
    headers = {
        "webhook-id": message["id"],
        "webhook-timestamp": str(message["timestamp"]),
        "webhook-signature": message["signature"],
    }
    try:
        Webhook(message["secret"]).verify(body, headers)
    except WebhookVerificationError:
        return False
    except json.JSONDecodeError:
        # It also reads the body as JSON, after it has accepted the signature.
        return True
    return True


judged = 0
for line in sys.stdin:
    message = json.loads(line)
    assert accepts(message, message["body"]), f"refused: {message['id']} {message['signature']}"
    assert not accepts(message, message["body"] + " "), f"a changed body is accepted: {message['id']}"
    judged += 1
assert judged >= 12, f"only {judged} webhooks were judged"
print(f"standardwebhooks (PyPI) accepts {judged} webhooks, and none that was changed")
