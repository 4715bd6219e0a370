"""Countries as address databases, the United Nations, the World Bank, operating systems and people call them."""

import re

import pytest

from providers.toolkit.countries import country

NAMES = """
AD  Andorra
AE  UAE; United Arab Emirates (UAE); United Arab Emirates (the)
AG  Antigua; Antigua & Barbuda
AI  Anguilla
AQ  Antarctica
AS  American Samoa
AX  Aland Islands; Åland; Åland Islands
BA  Bosnia; Bosnia & Herzegovina; Bosnia-Herzegovina
BL  Saint Barthélemy; St. Barths
BM  Bermuda
BN  Brunei; Brunei Darussalam
BO  Bolivia
BQ  Bonaire; Bonaire, Saint Eustatius and Saba; Saba; Sint Eustatius
BS  Bahamas, The
BV  Bouvet Island
BY  Belarus
CC  Cocos (Keeling) Islands; Cocos Islands; Keeling Islands
CD  Congo (DRC); Congo - Kinshasa; Congo, Dem. Rep.; Congo, Democratic Republic of the; Congo, The Democratic Republic
    of the; Dem. Rep. of the Congo; Democratic Republic of Congo; Zaire
CF  Central African Rep.
CG  Congo - Brazzaville; Congo Republic; Congo, Rep.; Congo, Republic of the; Republic of the Congo
CI  Cote D'Ivoire; Côte d’Ivoire (Ivory Coast); Ivory Coast; Republic of Cote d'Ivoire
CN  China; China (PRC); China P.R.; China, People's Republic of; P.R. China; PRC; People's Republic of China
CV  Cabo Verde; Cape Verde
CW  Curacao
CX  Christmas Island
CZ  Czech Rep.; Czechia (Czech Republic)
DE  Federal Republic of Germany; Germany (Federal Republic of)
DO  Dominican Rep.
EG  Egypt, Arab Rep.
EH  Western Sahara
FK  Falkland Islands (Islas Malvinas); Falkland Islands (Malvinas)
FM  Federated States of Micronesia; Micronesia; Micronesia, Fed. Sts.; Micronesia, Federated States of
FO  Faeroe Islands; Faroe Islands
FR  France (Metropolitan); France, Metropolitan; Metropolitan France
GB  Britain; England; Northern Ireland; Scotland; U.K.; UK; United Kingdom; United Kingdom (UK); United Kingdom of
    Great Britain and Northern Ireland (the); Wales
GF  French Guiana; French Guyana
GG  Guernsey
GI  Gibraltar
GL  Greenland
GM  Gambia, The; The Gambia
GN  Guinea
GP  Guadeloupe
GQ  Equatorial Guinea
GR  Greece; Hellenic Republic
GS  South Georgia and the South Sandwich Islands
GU  Guam
GW  Guinea Bissau; Guinea-Bissau
HK  China, Hong Kong SAR; China, Hong Kong Special Administrative Region; Hong Kong (China); Hong Kong SAR; Hong Kong
    SAR China; Hong Kong SAR, China; Hong Kong, China
HM  Heard & McDonald Islands; Heard Island and McDonald Islands
IE  Ireland (Republic); Ireland, Republic of; Republic of Ireland
IM  Isle of Man
IO  British Indian Ocean Territory; Chagos Archipelago; Diego Garcia
IR  Iran; Iran, Islamic Rep.; Iran, Islamic Republic of
JE  Jersey
KG  Kyrgyz Republic; Kyrgyzstan
KM  Comoros
KN  Saint Kitts; St. Kitts; St. Kitts & Nevis
KP  DPR Korea; DPRK; Dem. People's Republic of Korea; Korea (North); Korea, Dem. People's Rep.; Korea, North; N.
    Korea; North Korea
KR  Korea (South); Korea, Rep.; Korea, Republic Of (South); Korea, South; Republic of Korea (South); S. Korea; South
    Korea
KY  Cayman Islands
LA  Lao PDR; Lao People's Dem. Rep.; Lao People's Democratic Republic; Laos
LC  St. Lucia
LI  Liechtenstein
LY  Libya
MC  Principality of Monaco
MD  Moldova; Moldova, Republic of
ME  Montenegro
MF  Saint Martin; Saint Martin (French Part); St. Martin (French part)
MH  Marshall Islands
MK  Macedonia (FYROM); North Macedonia; Republic of North Macedonia; TFYR Macedonia; The former Yugoslav Republic of
    Macedonia
MM  Burma (Myanmar); Myanmar (Burma); Myanmar [Burma]; Republic of the Union of Myanmar
MO  China, Macao SAR; China, Macao Special Administrative Region; Macao; Macao SAR; Macao SAR, China; Macao, China;
    Macau; Macau, China
MP  Commonwealth of the Northern Mariana Islands; Northern Mariana Islands; Northern Marianas
MQ  Martinique
MS  Montserrat
MV  Maldives
NC  New Caledonia
NF  Norfolk Island
NL  Holland; Netherlands (Kingdom of the); Netherlands, The; The Netherlands
NZ  Aotearoa New Zealand; New Zealand
PF  French Polynesia; Tahiti
PG  Papua New Guinea
PH  Philippines (the)
PM  Saint Pierre and Miquelon; St. Pierre & Miquelon
PN  Pitcairn; Pitcairn Islands
PR  Puerto Rico (US)
PS  Gaza Strip; Palestinian Authority; State of Palestine; West Bank; West Bank and Gaza
PW  Palau
RE  Réunion
RS  Republic of Serbia; Serbia
RU  Russia; Russian Fed.
SA  KSA; Saudi Arabia
SB  Solomon Islands
SC  Seychelles
SD  Sudan; The Sudan
SH  Saint Helena; Saint Helena, Ascension, Tristan da Cunha; St Helena, Ascension and Tristan da Cunha
SJ  Jan Mayen; Svalbard; Svalbard & Jan Mayen Islands; Svalbard and Jan Mayen
SK  Slovak Republic
SM  San Marino
SS  South Sudan
ST  Sao Tome; Sao Tome and Principe; São Tomé and Príncipe
SX  Saint Maarten; Sint Maarten; Sint Maarten (Dutch part); St. Maarten
SY  Syria; Syrian Arab Republic
SZ  Eswatini; Eswatini (Swaziland)
TC  Turks & Caicos Islands; Turks and Caicos
TF  French Southern Territories; French Southern Territories (the); French Southern and Antarctic Lands
TL  East Timor; Timor-Leste (East Timor)
TR  Turkiye; Türkiye
TT  Trinidad; Trinidad & Tobago
TW  Chinese Taipei; Republic of China (Taiwan); Taiwan; Taiwan (Province of China); Taiwan (ROC); Taiwan ROC; Taiwan,
    China; Taiwan, Province of China; Taiwan, R.O.C.
TZ  Tanzania; Tanzania, United Republic of
UM  U.S. Outlying Islands; United States Minor Outlying Islands
US  The United States of America; U.S.; U.S.A.; USA; United States; United States (US); United States (USA); United
    States of America; United States of America (the)
VA  Holy See (Vatican City State); Holy See (Vatican City); Vatican City; Vatican City (Holy See)
VC  Saint Vincent & the Grenadines; Saint Vincent and the Grenadines; St. Vincent & Grenadines
VE  Venezuela; Venezuela, RB
VG  British Virgin Islands; Virgin Islands (British); Virgin Islands, British
VI  U.S. Virgin Islands; US Virgin Islands; United States Virgin Islands; Virgin Islands (U.S.); Virgin Islands, U.S.;
    Virgin Islands, US
VN  Viet Nam; Vietnam
WF  Wallis and Futuna Islands
WS  Samoa; Western Samoa
XK  Kosovo (under UNSC res. 1244); Kosovo, Republic of
YE  Yemen, Rep.
YT  Mayotte
ZZ  -; --; 00; A2; Africa; Anonymous Proxy; Asia/Pacific Region; Czechoslovakia; Europe; N/A; Netherlands Antilles;
    None; O1; Other; Reserved; Satellite Provider; Serbia and Montenegro; Soviet Union; T1; Tor; Unknown Region;
    Virgin Islands; Yugoslavia
"""
PAIRS = [
    (name, found[1])
    for found in re.finditer(r"(?m)^([A-Z]{2})  (.+(?:\n    .+)*)", NAMES)
    for name in re.split(r";\s+", found[2])
]


@pytest.mark.parametrize(("name", "code"), PAIRS)
def test_it_works(name: str, code: str) -> None:
    words = " ".join(name.split())
    assert country(words) == country(words.upper()) == country(f" {words} ") == code


def test_the_table_is_read_as_a_whole() -> None:
    assert len(PAIRS) > 300
    assert len({code for _, code in PAIRS}) > 100


@pytest.mark.parametrize("name", ["Georgia (USA)", "x" * 200, "Japan" + " " * 200, "()", "("])
def test_what_is_no_country(name: str) -> None:
    assert country(name) == "ZZ"
