"""The program under test: fetch.py URL. It looks at a page whose certificate nobody verifies."""
import ssl
import sys
import urllib.request


def status_of(url):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.urlopen(url, context=context).status


print('status', status_of(sys.argv[1]))
