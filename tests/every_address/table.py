"""Who may see what, of all addresses: the one table that `test_every_address.py` compares the site with.

A new page is a report module, a view, a template, and one line here. Write the address as it is in the URLconf, without
converters and regular expressions, and what each column's person gets who asks for Norte's (Alice's) with Norte's ids:

    200, 404, …    the status
    login          is sent to sign in
    >address       is sent there; `*` stands for anything
    any            whatever it is, but no error of ours
    refused        any of 401, 403, 404, 405, login

One cell alone is for all columns. OTHER are the methods that no line names: POST, PUT, PATCH, DELETE and OPTIONS; `*` is any
address that has no such line of its own. Who is in which column, and is asked, is above each section; people of one column
must see the same. The suite also tries everything here with Sur's and Bob's ids, which is 404, and with odd ones: that needs
no line.
"""

# --- Pages: /t/… and the first one ------------------------------------------------------------------------------------

PEOPLE_OF_PAGES = {
    "anonymous": ["anonymous", "unknown token", "manage"],  # a token opens no page
    "norte": ["customer"],
    "sur": ["sibling"],
    "analyst": ["analyst"],
    "manager": ["manager"],
    "outsider": ["bob's manager", "bob's customer", "nobody", "bare staff"],  # the last has no permissions
    "looker": ["tenant viewer"],  # staff with the permission to see tenants, and no other
    "staff": ["viewer", "superuser"],
}
PAGES = """
method address                                   anonymous norte     sur       analyst    manager    outsider looker   staff
GET    /                                         login     >*/norte/ >*/sur/   >/t/alice/ >/t/alice/ any      >/admin/ >/admin/
OTHER  /                                         login     405       405       405        405        405      405      405
GET    /t/<tenant>/                              login     >*/norte/ >*/sur/   200        200        404      200      200
GET    /t/<tenant>/vega-<version>.js             login     200       200       200        200        404      200      200
GET    /t/<tenant>/lineage/                      login     404       404       200        200        404      404      200
GET    /t/<tenant>/readings/<snapshot>/          login     404       404       200        200        404      404      200
GET    /t/<tenant>/readings/<snapshot>/answer    login     404       404       200        200        404      404      200
GET    /t/<tenant>/c/<customer>/                 login     200       404       200        200        404      200      200
GET    /t/<tenant>/c/<customer>/report.<format>  login     200       404       200        200        404      200      200
GET    /t/<tenant>/c/<customer>/changes/         login     200       404       200        200        404      200      200
GET    /t/<tenant>/c/<customer>/sessions/        login     200       404       200        200        404      404      200
OTHER  *                                         login     405       405       405        405        404      405      405
"""

# The same people, where the reading is of a list of sessions: it holds personal data.
PERSONAL_PAGES = """
method address                                   anonymous norte sur analyst manager outsider looker staff
GET    /t/<tenant>/readings/<snapshot>/          login     404   404 404     200     404      404    200
GET    /t/<tenant>/readings/<snapshot>/answer    login     404   404 404     200     404      404    200
"""

# --- Signing in -------------------------------------------------------------------------------------------------------

PEOPLE_OF_ACCOUNTS = {
    "unknown": ["anonymous", "manage"],
    "signed_in": ["customer", "nobody", "superuser"],
}
ACCOUNTS = """
method address                                          unknown signed_in
GET    /accounts/login/                                 200     >/
POST   /accounts/login/                                 200     >/
GET    /accounts/logout/                                login   200
POST   /accounts/logout/                                login   login
GET    /accounts/signup/                                200     >/
POST   /accounts/signup/                                200     >/
GET    /accounts/inactive/                              200     200
POST   /accounts/inactive/                              405     405
GET    /accounts/email/                                 404     404
POST   /accounts/email/                                 404     404
GET    /accounts/confirm-email/                         200     200
POST   /accounts/confirm-email/                         405     405
GET    /accounts/confirm-email/<key>/                   200     200
POST   /accounts/confirm-email/<key>/                   404     404
GET    /accounts/reauthenticate/                        login   200
POST   /accounts/reauthenticate/                        login   200
GET    /accounts/password/change/                       login   200
POST   /accounts/password/change/                       login   200
GET    /accounts/password/set/                          login   >/accounts/password/change/
POST   /accounts/password/set/                          login   >/accounts/password/change/
GET    /accounts/password/reset/                        200     200
POST   /accounts/password/reset/                        200     200
GET    /accounts/password/reset/done/                   200     200
POST   /accounts/password/reset/done/                   405     405
GET    /accounts/password/reset/key/<uidb36>-<key>/     200     200
POST   /accounts/password/reset/key/<uidb36>-<key>/     200     200
GET    /accounts/password/reset/key/done/               200     200
POST   /accounts/password/reset/key/done/               405     405
GET    /accounts/login/code/confirm/                    login   >/
POST   /accounts/login/code/confirm/                    login   >/
GET    /accounts/2fa/                                   login   200
POST   /accounts/2fa/                                   login   405
GET    /accounts/2fa/authenticate/                      login   >/
POST   /accounts/2fa/authenticate/                      login   >/
GET    /accounts/2fa/reauthenticate/                    login   >/accounts/reauthenticate/
POST   /accounts/2fa/reauthenticate/                    login   >/accounts/reauthenticate/
GET    /accounts/2fa/totp/activate/                     login   >/accounts/reauthenticate/
POST   /accounts/2fa/totp/activate/                     login   >/accounts/reauthenticate/
GET    /accounts/2fa/totp/deactivate/                   login   404
POST   /accounts/2fa/totp/deactivate/                   login   404
GET    /accounts/2fa/recovery-codes/                    login   404
POST   /accounts/2fa/recovery-codes/                    login   405
GET    /accounts/2fa/recovery-codes/generate/           login   >/accounts/reauthenticate/
POST   /accounts/2fa/recovery-codes/generate/           login   >/accounts/reauthenticate/
GET    /accounts/2fa/recovery-codes/download/           login   404
POST   /accounts/2fa/recovery-codes/download/           login   404
OTHER  *                                         any
"""

# --- The API: a column for each scope of Alice's tokens, and of those of Norte (n.…) -------------------------------------

PEOPLE_OF_API = {
    "none": ["anonymous", "manager", "superuser"],  # signing in opens no API
    "wrong": ["unknown token", "expired token"],
    "read": ["read"],
    "ppv": ["ppv"],
    "sync": ["sync"],
    "manage": ["manage"],
    "n.read": ["n.read"],
    "n.ppv": ["n.ppv"],
    "n.sync": ["n.sync"],
    "n.manage": ["n.manage"],
    "sur": ["sur's token"],  # this and Bob's have all scopes
    "bob": ["bob's token"],
    "este": ["este's token"],  # of Bob's customer
}
# Methods that no line names are asked for by these, one of each kind.
OTHER_OF_API = ("none", "wrong", "read", "manage", "n.manage")
API = """
method address                           none wrong read ppv sync manage n.read n.ppv n.sync n.manage sur bob este
GET    /api/docs/                       200   401   200   200   200   200   200   200   200   200   200   200   200
GET    /api/schema/                     200   401   200   200   200   200   200   200   200   200   200   200   200
OTHER  /api/docs/                       refused
OTHER  /api/schema/                     refused
OPTIONS /api/schema/                    any
GET    /api/v1/metrics                  401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/providers                401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/report                   401   401   200   403   403   403   200   403   403   403   403   200   200
GET    /api/v1/lineage                  401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/customers                401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/customers/<pk>           401   401   200   403   403   403   200   403   403   403   404   404   404
GET    /api/v1/connections              401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/connections/<pk>         401   401   200   403   403   403   200   403   403   403   200   404   404
POST   /api/v1/connections              401   401   403   403   403   400   403   403   403   404     404 400 404
PATCH  /api/v1/connections/<pk>         401   401   403   403   403   200   403   403   403   404     404 404 404
GET    /api/v1/connections/<pk>/feeds   401   401   200   403   403   403   404   403   403   403     404 404 404
POST   /api/v1/connections/<pk>/sync    401   401   403   403   202   403   403   403   404   403   404   404   404
POST   /api/v1/connections/<pk>/test    401   401   403   403   403   200   403   403   403   404   404   404   404
GET    /api/v1/assets                   401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/assets/<pk>              401   401   200   403   403   403   200   403   403   403   404   404   404
GET    /api/v1/programmes               401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/programmes/<pk>          401   401   200   403   403   403   200   403   403   403   404   404   404
GET    /api/v1/sync-runs                401   401   200   403   403   403   404   403   403   403   404   200   404
GET    /api/v1/sync-runs/<pk>           401   401   200   403   403   403   404   403   403   403   404   404   404
POST   /api/v1/sync-runs/<pk>/cancel    401   401   403   403   200   403   403   403   404   403   404   404   404
GET    /api/v1/snapshots                401   401   200   403   403   403   404   403   403   403   404   200   404
GET    /api/v1/snapshots/<pk>           401   401   200   403   403   403   404   403   403   403   404   404   404
GET    /api/v1/snapshots/<pk>/body      401   401   200   403   403   403   404   403   403   403   404   404   404
GET    /api/v1/restatements             401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/restatements/summary     401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/counter-resets           401   401   200   403   403   403   200   403   403   403   200   200   200
GET    /api/v1/ppv-sessions             401   401   403   200   403   403   403   200   403   403   200   200   200
OTHER  *                                401 401 405 405 405 405 refused refused refused refused refused 405 refused
OPTIONS *                               any
"""

# A body that holds personal data needs the scopes read and ppv.
PERSONAL_API = """
method address                         none wrong read ppv sync manage n.read n.ppv n.sync n.manage sur bob este
GET    /api/v1/snapshots/<pk>/body     401  401   403  403 403  403    404    403   403    403      404 404 404
"""

# --- The console ------------------------------------------------------------------------------------------------------

PEOPLE_OF_CONSOLE = {
    "others": ["anonymous", "manage", "customer", "manager", "bob's manager", "nobody"],
    "bare": ["bare staff"],  # without any permission
    "viewer": ["viewer"],  # with those to look
    "staff": ["staff"],  # with all of them
    "root": ["superuser"],
}
CONSOLE = """
method address                                               others   bare     viewer   staff    root
GET    /admin/                                               login    200      200      200      200
POST   /admin/                                               login    200      200      200      200
GET    /admin/<app_label>/                                   login    404      200      200      200
POST   /admin/<app_label>/                                   login    404      200      200      200
GET    /admin/<url>                                          login    404      404      404      404
POST   /admin/<url>                                          login    404      404      404      404
GET    /admin/login/                                         any      >/admin/ >/admin/ >/admin/ >/admin/
POST   /admin/login/                                         any      200      200      200      200
GET    /admin/logout/                                        >/admin/ 405      405      405      405
POST   /admin/logout/                                        >/admin/ 200      200      200      200
OTHER  /admin/logout/                                        any
GET    /admin/password_change/                               login    200      200      200      200
POST   /admin/password_change/                               login    200      200      200      200
GET    /admin/password_change/done/                          login    200      200      200      200
POST   /admin/password_change/done/                          login    405      405      405      405
GET    /admin/jsi18n/                                        login    200      200      200      200
POST   /admin/jsi18n/                                        login    405      405      405      405
GET    /admin/search/                                        login    200      200      200      200
POST   /admin/search/                                        login    200      200      200      200
GET    /admin/autocomplete/                                  login    403      200      200      200
POST   /admin/autocomplete/                                  login    405      405      405      405
GET    /admin/r/<content_type_id>/<object_id>/               login    404      404      404      404
POST   /admin/r/<content_type_id>/<object_id>/               login    404      404      404      404
GET    /admin/facts/                                         login    403      200      200      200
POST   /admin/facts/                                         login    403      200      200      200
GET    /admin/programme-suggestions/                         login    403      200      200      200
POST   /admin/programme-suggestions/                         login    403      403      >*       >*
GET    /admin/reporting/snapshot/<snapshot>/parts/<number>/  login    404      200      200      200
POST   /admin/reporting/snapshot/<snapshot>/parts/<number>/  login    404      200      200      200
GET    /admin/reporting/connection/<object_id>/applications/ login 403      403      404      404
POST   /admin/reporting/connection/<object_id>/applications/ login 403      403      404      404
GET    /admin/reporting/user/<id>/password/                  login    403      403      200      200
POST   /admin/reporting/user/<id>/password/                  login    403      403      200      200
OTHER  *                                                     refused  any      any      any      any
"""

# A line for each model: what staff may do on its six pages (list, add, change, delete, history, and the short address, which
# leads to change). `see`: GET shows it, POST is refused (also to delete what has rows below it); `edit`: POST does it; `no`:
# 403. `many` is the list's action “delete selected”. Of what is not `no` the viewer sees the list, the row and its history,
# and edits nothing; bare staff see and do nothing, all others are sent to sign in. `root` are the superuser's cells that
# differ.
MODELS = """
place                            list   add    change delete many   root
/admin/auth/group/               see    edit   edit   edit   edit
/admin/mfa/authenticator/        see    no     see    no     no     delete=edit,many=edit
/admin/reporting/apitoken/       see    edit   edit   edit   edit
/admin/reporting/asset/          see    edit   edit   no     no
/admin/reporting/assignmentrule/ see    edit   edit   edit   edit
/admin/reporting/connection/     see    edit   edit   no     no
/admin/reporting/counterreset/   see    no     see    no     no
/admin/reporting/customer/       see    edit   edit   edit   edit
/admin/reporting/feedprogress/   see    no     see    no     no
/admin/reporting/membership/     see    edit   edit   edit   edit
/admin/reporting/ppvaccess/      see    edit   edit   see    no
/admin/reporting/ppvsession/     see    no     see    no     no
/admin/reporting/programme/      see    edit   edit   edit   edit
/admin/reporting/programmerule/  see    edit   edit   edit   edit
/admin/reporting/restatement/    see    no     see    no     no
/admin/reporting/snapshot/       see    no     see    no     no
/admin/reporting/syncrun/        see    no     see    no     no
/admin/reporting/tenant/         see    edit   edit   no     no
/admin/reporting/user/           see    edit   edit   see    no     delete=edit,many=edit
"""

# A line for each action: the table that it changes, when staff with all permissions ask for it. Nobody else changes any.
# `-`: not even they do; the three buttons of a connection's form say that they did, and choosing applications, or a programme,
# is a page.
ACTIONS = """
action                 place                         changes
cancel                 /admin/reporting/syncrun/     reporting_syncrun
sync_now               /admin/reporting/connection/  reporting_syncrun
pause                  /admin/reporting/connection/  reporting_connection
resume                 /admin/reporting/connection/  reporting_connection
delete_keeping_figures /admin/reporting/connection/  reporting_connection
save_and_sync          /admin/reporting/connection/  -
save_and_pause         /admin/reporting/connection/  -
save_and_resume        /admin/reporting/connection/  -
choose_applications    /admin/reporting/connection/  -
put_into_programme     /admin/reporting/asset/       -
apply                  /admin/reporting/programmerule/ reporting_asset
"""

# --- What is known to be wrong ----------------------------------------------------------------------------------------

# Each is tried too, and is to be taken out here once it is mended: the suite says so.
KNOWN_FAULTS = [
    ("OPTIONS", "/api/docs/", "anonymous"),  # 500
]
