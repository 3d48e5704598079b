"""What `auth:` may be: the kinds of credentials a source can show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from collectors.choice import one_of_kinds
from collectors.request import HeaderName, check_header_value
from core.settings import DurationField, Expression, JsonField, NonEmpty, Secret, SettingsModel, Url
from core.settings.base import problem
from core.settings.fields import at_least, not_text
from core.settings.paths import PathText
from core.settings.plain import FromVariable

_GRANT = "grant_type"


def _one_line(secret: SecretStr) -> SecretStr:
    check_header_value(secret.get_secret_value())
    return secret


HeaderSecret = Annotated[Secret, AfterValidator(_one_line)]
"""A secret that goes out in a header as it is."""


class NoAuth(SettingsModel):
    """`auth: none`."""

    type: Literal["none"] = "none"


class BearerAuth(SettingsModel):
    """`Authorization: Bearer …`."""

    type: Literal["bearer"]
    token: HeaderSecret


class BasicAuth(SettingsModel):
    """`Authorization: Basic …`; some systems take a key as the user, others as the password of no user."""

    type: Literal["basic"]
    username: Annotated[str, not_text("a text")] = Field(
        description='may be written empty (`""`) for systems that take a key as the password alone'
    )
    password: Secret | None = Field(
        default=None, description="left out for systems that take a key as the user"
    )

    @field_validator("username", mode="before")
    @classmethod
    def _not_forgotten(cls, value: object) -> object:
        if isinstance(value, FromVariable) and not value.strip():
            raise problem(
                'got nothing; set the variable, or write "" where the system takes the password alone'
            )
        return value

    @field_validator("password", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise problem("got nothing; write the password, or leave it out where the username is the key")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.username.strip() and (self.username or self.password is None):
            raise problem(
                'got no username; write it, or "" and the key as password where the system wants no user'
            )
        return self


class HeaderAuth(SettingsModel):
    """A key in a header of its own."""

    type: Literal["header"]
    name: HeaderName
    value: HeaderSecret


class LoginAuth(SettingsModel):
    """POST a JSON body, find a token in the answer, send it as Bearer or in a header of its own."""

    type: Literal["login"]
    url: Url
    body: JsonField = Field(alias="json", description="what is posted, user and password in it")
    token: Expression = Field(default="access_token", description="JMESPath to the token in the answer")
    header: HeaderName | None = Field(
        default=None,
        description="header that takes the token as it is, such as INFA-SESSION-ID; default: Bearer",
    )


class SignedSettings(SettingsModel):
    """A JSON Web Token that we sign (RFC 7519). Needs the package `pyjwt[crypto]`."""

    key: Secret = Field(description="the private key in PEM (`file:/path`), or the shared secret of HS")
    algorithm: Literal[
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "HS256",
        "HS384",
        "HS512",
    ] = Field(default="RS256", description="how it is signed")
    key_id: NonEmpty | None = Field(default=None, description="which of several keys it is (`kid`)")
    claims: dict[NonEmpty, JsonField] = Field(
        default_factory=dict,
        description="what it says, such as {iss: me@project, scope: read}; `iat`, `exp` and `jti` are there by themselves",
    )
    headers: dict[NonEmpty, NonEmpty] = Field(
        default_factory=dict, description="further headers of the token, such as `x5t`"
    )
    lasts: Annotated[DurationField, AfterValidator(at_least(timedelta(minutes=1)))] = Field(
        default=timedelta(minutes=5), description="how long one is valid"
    )


class JwtAuth(SignedSettings):
    """A token that we sign ourselves, sent as Bearer and signed anew before it is over."""

    type: Literal["jwt"]


class AssertionSettings(SignedSettings):
    """`assertion:` what a token is given for instead of a password (RFC 7523)."""

    instead_of: Literal["grant", "secret"] = Field(
        default="grant",
        description="grant: it names whom the token is for (Google, Salesforce, DocuSign); secret: it stands in the place of the client's secret (Entra, Okta)",
    )


class OAuth2Auth(SettingsModel):
    """OAuth 2: client credentials, or another grant whose fields stand in `form`."""

    type: Literal["oauth2"]
    token_url: Url
    client_id: NonEmpty | None = Field(default=None, description="needed unless `assertion` says who asks")
    client_secret: Secret | None = Field(default=None, description="needed unless there is an `assertion`")
    assertion: AssertionSettings | None = Field(
        default=None,
        description="signed with a key; issuer and subject are the `client_id`, the audience `token_url`, unless its claims say otherwise",
    )
    scope: str | None = None
    form: dict[NonEmpty, Secret] = Field(
        default_factory=dict,
        description="further fields of the call for a token, such as audience; another grant is {grant_type: refresh_token, refresh_token: `${TOKEN}`}; one that an answer replaces is kept in `keep_in`",
    )
    keep_in: PathText | None = Field(
        default=None,
        description="a folder in which the newest refresh token is kept over a restart, for systems that replace it each time (such as Xero and QuickBooks); read and written by this program's user alone; default: kept while the program runs",
    )

    @field_validator("form", mode="before")
    @classmethod
    def _grant_is_no_secret(cls, value: object) -> object:
        """Its name would otherwise be hidden in every message that says `refresh_token`."""
        grant = value.get(_GRANT) if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or not isinstance(grant, str) or not grant.strip():
            return value
        return {**value, _GRANT: SecretStr(str(grant))}

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.assertion is None and (self.client_id is None or self.client_secret is None):
            raise problem("needs client_id and client_secret, or an assertion that is signed with a key")
        if self.assertion is not None and self.assertion.instead_of == "secret" and self.client_id is None:
            raise problem("has an assertion instead of a secret and no client_id; write client_id")
        if (
            self.assertion is not None
            and self.assertion.instead_of == "secret"
            and self.client_secret is not None
        ):
            raise problem("has an assertion instead of a secret, and a secret; leave client_secret out")
        return self

    @model_validator(mode="after")
    def _something_to_keep(self) -> Self:
        if self.keep_in is not None and "refresh_token" not in self.form:
            raise problem(
                "got keep_in without form.refresh_token; write form: {grant_type: refresh_token, refresh_token: ${TOKEN}}, or leave keep_in out"
            )
        return self


class AwsAuth(SettingsModel):
    """Each call signed anew, as AWS wants it (Signature Version 4). Needs the package `botocore`."""

    type: Literal["aws"]
    service: NonEmpty = Field(description="as the signature names it: states, glue, appflow, lambda, logs …")
    region: NonEmpty = Field(description="such as eu-central-1")
    access_key_id: NonEmpty | None = Field(
        default=None,
        description="default: what the machine has (environment, `~/.aws`, the role of the instance, container or pod)",
    )
    secret_access_key: Secret | None = Field(default=None, description="belongs to access_key_id")
    session_token: Secret | None = Field(default=None, description="of keys that are valid for some hours")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = self.access_key_id is not None, self.secret_access_key is not None
        if given[0] != given[1] or (self.session_token is not None and not all(given)):
            raise problem(
                "got a part of a key; write access_key_id and secret_access_key, or none of them for what the machine has"
            )
        return self


AuthSettings = Annotated[
    NoAuth | BearerAuth | BasicAuth | HeaderAuth | LoginAuth | OAuth2Auth | JwtAuth | AwsAuth,
    one_of_kinds(
        "type",
        {
            "none": NoAuth,
            "bearer": BearerAuth,
            "basic": BasicAuth,
            "header": HeaderAuth,
            "login": LoginAuth,
            "oauth2": OAuth2Auth,
            "jwt": JwtAuth,
            "aws": AwsAuth,
        },
    ),
]
