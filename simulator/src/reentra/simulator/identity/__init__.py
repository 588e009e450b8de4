"""Sign-in as Microsoft's: discovery, people signing in, apps getting tokens, administrators consenting.

1. Apps are registered in the cloud (`SignIn.register_app`): secrets, certificates, the Graph permissions they ask.
2. An administrator consents: the app's service principal and one appRoleAssignment per permission appear in the
   tenant's directory. That is where the roles of every later token come from; deleting them takes the roles away.
3. The app proves itself with a secret or a signed assertion and gets a token that Graph reads.
4. A person signs in with a password that all simulated people share, and the app gets an ID token.

It does not keep people out: whoever can reach the simulator can read the password on its console.
"""

from reentra.simulator.identity.app import build_identity_app
from reentra.simulator.identity.registration import AppRegistration, ClientSecret
from reentra.simulator.identity.sign_in import SignIn

__all__ = ["AppRegistration", "ClientSecret", "SignIn", "build_identity_app"]
