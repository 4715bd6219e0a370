"""What holds assets, as people and programs meet it: pages, files, the API, the command."""

import csv
import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from reporting.models import Asset, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.pure import text_of as text_of_pdf
from tests.support.api import bearer
from tests.support.factories import cover, give, make_asset, make_connection, make_customer, make_restatement, tell
from tests.support.pages import Enter, ago, text_of
