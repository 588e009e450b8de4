"""The words that generated directories are written in: people's names in many scripts, places, jobs, companies."""

from __future__ import annotations

# (given names, surnames) that belong together; the first is taken most often.
LATIN = (
    ("Alice", "Bruno", "Clara", "David", "Eva", "Felix", "Greta", "Henry", "Ines", "Jonas", "Karin", "Lukas",
     "Maria", "Nils", "Olivia", "Peter", "Rosa", "Simon", "Tessa", "Viktor"),
    ("Adams", "Baker", "Carter", "Dijkstra", "Evans", "Fischer", "Garcia", "Hansen", "Ivanova", "Jones", "Keller",
     "Lopez", "Meyer", "Nowak", "Olsen", "Price", "Rossi", "Smith", "Taylor", "Wagner"),
)  # fmt: skip
OTHER_SCRIPTS = (
    (("Zoë", "José", "Åsa", "Łukasz", "Márta", "Jürgen", "Çağla"),
     ("Müller", "Núñez", "Ångström", "Wiśniewski", "Kővári", "Strauß", "Yılmaz")),
    (("محمد", "فاطمة", "يوسف", "ليلى"), ("الحداد", "النجار", "العلي")),
    (("דוד", "שרה", "נועה", "אורי"), ("כהן", "לוי", "מזרחי")),
    (("太郎", "花子", "健一", "さくら"), ("山田", "佐藤", "鈴木")),
    (("Иван", "Ольга", "Дмитрий"), ("Петров", "Соколова", "Кузнецов")),
    (("राज", "प्रिया"), ("शर्मा", "गुप्ता")),
    (("小明", "丽"), ("王", "李", "张")),
)  # fmt: skip
DEPARTMENTS = ("Engineering", "Sales", "Marketing", "Finance", "Human Resources", "Legal", "Operations", "Support",
               "Research", "Facilities", "Étude et Qualité", "Sécurité")  # fmt: skip
JOB_TITLES = ("Analyst", "Engineer", "Account Manager", "Designer", "Accountant", "Technician", "Consultant",
              "Team Lead", "Director", "Assistant")  # fmt: skip
# city, state, country, usage location, postal code, language
PLACES = (
    ("Seattle", "WA", "United States", "US", "98101", "en-US"),
    ("München", "Bayern", "Germany", "DE", "80331", "de-DE"),
    ("Paris", "Île-de-France", "France", "FR", "75001", "fr-FR"),
    ("القاهرة", "القاهرة", "Egypt", "EG", "11511", "ar-EG"),
    ("תל אביב", "תל אביב", "Israel", "IL", "6100000", "he-IL"),
    ("東京", "東京都", "Japan", "JP", "100-0001", "ja-JP"),
    ("São Paulo", "SP", "Brazil", "BR", "01310-100", "pt-BR"),
    ("Kraków", "Małopolskie", "Poland", "PL", "30-001", "pl-PL"),
)
STREETS = ("Main Street", "Hauptstraße", "Rue de la Paix", "Market Square", "Station Road", "Elm Avenue")
PARTNERS = ("fabrikam.com", "northwind.example", "tailspin.example", "adatum.example", "litware.example")
EMPLOYEE_TYPES = ("Employee", "Contractor", "Intern", "Consultant")
PROJECTS = ("Aurora", "Borealis", "Condor", "Dynamo", "Everest", "Falcon", "Gamma", "Horizon", "Ikarus", "Jupiter",
            "Kosmos", "Lumen", "Meridian", "Nova", "Orion", "Phönix", "مشروع النور", "プロジェクト青")  # fmt: skip
APP_NAMES = ("Payroll", "Travel", "Expenses", "Ticketing", "Wiki", "Warehouse", "Time Sheet", "Visitor Book",
             "Data Lake", "Field Service", "Procurement", "Learning", "Survey", "Fleet", "Billing")  # fmt: skip
OPERATING_SYSTEMS = (
    ("Windows", "10.0.22631.4037", "Workplace", "DESKTOP"),
    ("Windows", "10.0.26100.1742", "AzureAd", "LAPTOP"),
    ("iOS", "18.1", "Workplace", "iPhone"),
    ("Android", "15", "Workplace", "Pixel"),
    ("MacMDM", "15.1", "Workplace", "MacBook"),
)
