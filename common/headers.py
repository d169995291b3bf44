"""The headers of every answer, whichever part of the site gives it: a page, a file, an error, the guard's refusal.

The policy for content is apart (``ContentSecurityPolicyMiddleware``): the guard's own pages have a narrower one.
"""

# Only what browsers know by these names: an unknown one is a complaint in each visitor's console.
DENIED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Our own pages may ask for the microphone, for models that listen; the browser asks the person.
    "Permissions-Policy": ", ".join(["microphone=(self)", *(f"{feature}=()" for feature in DENIED)]),
}
