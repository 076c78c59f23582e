"""Names of territories as sheets write them, to ISO 3166-1 alpha-2 codes: in English, and those of large markets in
German, French, Spanish, Italian, Portuguese and their own languages."""

from __future__ import annotations

import re
import unicodedata

_NAMES = """
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia|AO Angola
AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados
BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BM Bermuda|BN Brunei Darussalam
BN Brunei|BO Bolivia|BR Brazil|BS Bahamas|BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada
CD Democratic Republic of the Congo|CF Central African Republic|CG Congo|CH Switzerland|CI Cote d'Ivoire
CI Ivory Coast|CK Cook Islands|CL Chile|CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde
CV Cabo Verde|CW Curacao|CY Cyprus|CZ Czech Republic|CZ Czechia|DE Germany|DJ Djibouti|DK Denmark|DM Dominica
DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji
FK Falkland Islands|FM Micronesia|FO Faroe Islands|FR France|GA Gabon|GB United Kingdom|GB Great Britain|GD Grenada
GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe
GQ Equatorial Guinea|GR Greece|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong|HN Honduras|HR Croatia
HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IQ Iraq|IR Iran|IS Iceland|IT Italy
JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros
KN Saint Kitts and Nevis|KN St. Kitts and Nevis|KP North Korea|KR South Korea|KR Korea, Republic of
KR Republic of Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LC St. Lucia
LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|LY Libya|MA Morocco
MC Monaco|MD Moldova|MD Republic of Moldova|ME Montenegro|MG Madagascar|MH Marshall Islands|MK North Macedonia
MK Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao|MO Macau|MP Northern Mariana Islands|MQ Martinique
MR Mauritania|MS Montserrat|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique
NA Namibia|NC New Caledonia|NE Niger|NG Nigeria|NI Nicaragua|NL Netherlands|NL The Netherlands|NO Norway|NP Nepal
NR Nauru|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea|PH Philippines|PK Pakistan
PL Poland|PM Saint Pierre and Miquelon|PR Puerto Rico|PS Palestine|PS Palestinian Territories|PT Portugal|PW Palau
PY Paraguay|QA Qatar|RE Reunion|RO Romania|RS Serbia|RU Russia|RU Russian Federation|RW Rwanda|SA Saudi Arabia
SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SH Saint Helena|SI Slovenia|SK Slovakia
SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome and Principe
SV El Salvador|SX Sint Maarten|SY Syria|SZ Eswatini|SZ Swaziland|TC Turks and Caicos Islands|TD Chad|TG Togo
TH Thailand|TJ Tajikistan|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga|TR Turkey|TR Turkiye
TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States
US United States of America|US USA|GB UK|UY Uruguay|UZ Uzbekistan|VA Vatican City
VC Saint Vincent and the Grenadines|VE Venezuela|VG British Virgin Islands|VI US Virgin Islands|VN Vietnam
VN Viet Nam|VU Vanuatu|WF Wallis and Futuna|WS Samoa|XK Kosovo|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia
ZW Zimbabwe
"""

_IN_OTHER_LANGUAGES = """
AR Argentinien|AR Argentine|AT Österreich|AT Autriche|AU Australien|AU Australie|BE Belgien|BE Belgique|BE België
BR Brasilien|BR Brasil|BR Brésil|BR Brasile|CA Kanada|CA Canadá|CH Schweiz|CH Suisse|CH Svizzera|CH Suiza|CL Chili
CO Kolumbien|CO Colombie|CZ Tschechien|CZ Tchéquie|DE Deutschland|DE Allemagne|DE Alemania|DE Germania|DE Alemanha
DK Dänemark|DK Danmark|DK Danemark|DK Dinamarca|ES Spanien|ES España|ES Espagne|ES Spagna|ES Espanha|FI Finnland
FI Finlande|FI Suomi|FI Finlandia|FR Frankreich|FR Francia|FR França|GB Großbritannien|GB Vereinigtes Königreich
GB Royaume-Uni|GB Reino Unido|GB Regno Unito|GR Griechenland|GR Grèce|GR Grecia|HU Ungarn|HU Hongrie|IE Irland
IE Irlande|IE Irlanda|IN Indien|IN Inde|IT Italien|IT Italia|IT Italie|JP Japon|JP Japón|JP Giappone|JP Japão
KR Südkorea|LU Luxemburg|LU Lussemburgo|MX Mexiko|MX México|MX Mexique|MX Messico|NL Niederlande|NL Pays-Bas
NL Nederland|NL Países Bajos|NL Paesi Bassi|NL Países Baixos|NO Norwegen|NO Norge|NO Norvège|NO Noruega|NO Norvegia
NZ Neuseeland|NZ Nouvelle-Zélande|PL Polen|PL Polska|PL Pologne|PL Polonia|RO Rumänien|RO Roumanie
RU Russland|SE Schweden|SE Sverige|SE Suède|SE Suecia|SE Svezia|SE Suécia|TR Türkei|TR Turquie|TR Turquía
US Vereinigte Staaten|US États-Unis|US Estados Unidos|US Stati Uniti|ZA Südafrika|ZA Afrique du Sud
"""


def _key(name: str) -> str:
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", name.casefold()))


_CODES: dict[str, str] = {
    _key(entry[3:]): entry[:2]
    for line in (_IN_OTHER_LANGUAGES + _NAMES).strip().splitlines()
    for entry in line.split("|")
    if entry
}
_KNOWN = frozenset(_CODES.values())
_BRACKETED = re.compile(r".*[(\[]([A-Z]{2})[)\]]", re.ASCII)

UNKNOWN_TERRITORY = "ZZ"
"""ISO 3166-1 leaves ZZ to its users: here "the sheet does not say where"."""


def territory_code(text: str) -> str | None:
    """The code for "DE", "de", "Germany", "Deutschland" or "Germany (DE)"; `ZZ` for an empty text; None for anything
    unknown."""
    bare = text.strip()
    if not bare:
        return UNKNOWN_TERRITORY
    if len(bare) == 2 and bare.isascii() and bare.isalpha():
        code = {"UK": "GB"}.get(bare.upper(), bare.upper())
        return code if code in _KNOWN or code == UNKNOWN_TERRITORY else None
    bracketed = _BRACKETED.fullmatch(bare)
    if bracketed and bracketed[1] in _KNOWN:
        return bracketed[1]
    return _CODES.get(_key(bare))


_NAMED: dict[str, str] = {
    entry[:2]: entry[3:] for line in reversed(_NAMES.strip().splitlines()) for entry in reversed(line.split("|"))
}


def territory_name(code: str) -> str:
    """The English name of a code, as people read it: the first that the table has; the code where it has none."""
    return _NAMED.get(code, code)
